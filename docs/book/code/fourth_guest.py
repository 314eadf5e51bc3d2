"""Four at the door of a room for three: all are let in as far as the question, then all answer at once."""

from stage import ENGINES, NAIVE, Guest, chosen, room

kind = chosen(*NAIVE, *ENGINES)
with room(kind, server__password="sesame") as address:
    guests = [Guest(address) for _ in range(4)]
    for guest in guests:
        guest.wait_for("Your name?", "wants a password")
    print("four guests have been asked, and none has answered")
    for guest in guests:
        guest.send("sesame")  # a password, or a strange name
    answers = [guest.wait_for("You are in", "is full") for guest in guests]
    for answer in sorted(answers, reverse=True):
        print(answer)
    for guest in guests:
        guest.close()
