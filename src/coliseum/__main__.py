"""`python -m coliseum` is `coliseum`."""

from coliseum.cli import main

if __name__ == "__main__":
    main()
