"""How a notice leaves: as a letter, as words of a robot in a chat, as a post to an address."""
