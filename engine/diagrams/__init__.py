"""Reading the folders bpmn/ and workflows/: XML, dialects, layout; pure."""
