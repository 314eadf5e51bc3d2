"""Ana pastes 60 lines and is held back (flood control: 20 at once, then 5 a second). Does that hold up Luis?"""

from stage import ENGINES, Guest, chosen, room

with room(chosen(*ENGINES), limits__flood_control=True) as address:
    ana, luis, eva = (Guest(address, name) for name in ("ana", "luis", "eva"))
    for number in range(60):
        ana.send(f"line {number}")
    eva.wait_for("ana: line 15")  # her greeting counted, too: from here on she is slow
    luis.send("hello")
    heard = 16
    while "luis: hello" not in eva.wait_for("ana: line", "luis: hello"):
        heard += 1
    print("eva has heard luis before ana's last line:", heard < 60)
    for guest in (ana, luis, eva):
        guest.close()
