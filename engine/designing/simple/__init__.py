"""The simple view: a process as a list of cards over its BPMN file, each edit one operation on the XML."""
