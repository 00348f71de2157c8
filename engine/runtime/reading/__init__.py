"""From BPMN 2.0 XML to programs."""
