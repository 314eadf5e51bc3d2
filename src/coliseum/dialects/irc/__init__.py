"""The IRC dialect: IRCv3, as modern.ircdocs.horse and ircv3.net specify it."""
