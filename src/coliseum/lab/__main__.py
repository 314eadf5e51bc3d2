"""`python -m coliseum.lab`: the load generator, for one workload on any IRC server (udp: on our own).

What must stay true: the result goes to stdout, everything else to stderr; exit code 1 when a delivery was wrong,
2 for a usage error, 69 when the run could not be made.
"""

import argparse
import sys
from pathlib import Path

import msgspec

from coliseum.errors import ColiseumError
from coliseum.lab import LabError, cell, report, usage
from coliseum.lab.enrolment import AT_ONCE, Target
from coliseum.lab.workloads import CATALOGUE, Datagrams, described, named

_EXAMPLES = """\
examples:
  python -m coliseum.lab fan-100 irc://127.0.0.1:6667
  python -m coliseum.lab arena-3+tls ircs://127.0.0.1:6697 --insecure --pid "$(pidof ngircd)"
  python -m coliseum.lab busy-room,members=10,senders=10,seconds=1 irc://127.0.0.1:6667 --json
  python -m coliseum.lab udp,rooms=50 udp://127.0.0.1:8080
  python -m coliseum.lab stop,clients=100 irc://127.0.0.1:6667 --pid 1234

udp is for Coliseum's own servers; stop ends the server that --pid names. The server must not limit how much one
address may do (connections, flood control): benchmarks/peers.py starts servers so.
"""


def main() -> int:
    """Run the command; return the exit code."""
    workloads = "\n".join(f"  {name:15} {described(workload)}" for name, workload in CATALOGUE.items())
    parser = argparse.ArgumentParser(
        prog="python -m coliseum.lab",
        description="Put a load on an IRC server, check every delivery, and say what came out.",
        epilog=f"workloads (with +tls, +ack (not udp), ,parameter=value):\n{workloads}\n\n{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("workload", help="what to do: a name from below")
    parser.add_argument("url", help="the server: irc://HOST:PORT, ircs:// with +tls, udp:// for udp")
    parser.add_argument("--pid", type=int, help="the server's process, to measure what it uses")
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="the log of a server of ours, which --pid names: it is asked for its counters (SIGUSR1)",
    )
    parser.add_argument("--core", type=int, help="the core to run on")
    parser.add_argument("--server-core", type=int, help="the core that the server runs on, to see who else does")
    parser.add_argument(
        "--ca", type=Path, metavar="FILE", help="the authority that signed the server's certificate"
    )
    parser.add_argument(
        "--insecure", action="store_true", help="take any certificate: for servers on this machine"
    )
    parser.add_argument(
        "--at-once",
        type=int,
        default=AT_ONCE,
        metavar="N",
        help="clients on their way in at once (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args()
    try:
        workload = named(options.workload)
        target = Target.at(options.url, ca=options.ca, insecure=options.insecure, at_once=options.at_once)
        scheme = "udp" if isinstance(workload, Datagrams) else "ircs" if workload.tls else "irc"
        if target.url.scheme.removesuffix("+insecure") != scheme:
            parser.error(
                f"{workload.label} needs {scheme}:// (with +tls: ircs://, udp: udp://, all others: irc://)"
            )
        usage.pin(options.core)
        cores = options.server_core, options.core
        result = cell.run(workload, target, pid=options.pid, log=options.log, cores=cores)
    except (LabError, ColiseumError) as error:
        print(f"coliseum.lab: {error}", file=sys.stderr)
        return 69
    print(msgspec.json.encode(result).decode() if options.json else report.result(result))
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
