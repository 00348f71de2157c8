"""Reports [统计报表]: saved questions over cases and their steps, answered by one statement each."""
