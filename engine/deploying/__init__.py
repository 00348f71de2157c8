"""From files to published versions: checks, companies, folders."""
