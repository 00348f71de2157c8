"""Working days and hours: calendars, due dates, cycles, official notices."""
