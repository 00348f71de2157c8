"""Notices that reach people outside the page: by mail, by robots of chat groups, by web hooks.

`making` turns what happened (events of cases, notices of the page) into rows that are on their way, `sending` lets them
leave. Nothing here runs in the transaction of whoever completes a task.
"""
