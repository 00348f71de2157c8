"""Which scope of a machine account each operation of the API asks for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine import errors
from engine.people.machines.scopes import (
    DECIDE,
    DEPLOY,
    READ_CASES,
    READ_PROCESSES,
    RESOLVE_INCIDENTS,
    SEND_MESSAGES,
    START_CASES,
    STEER_CASES,
    WORK_JOBS,
    Machine,
)
from web.frame.operations import acts

ANY = ""  # every account that is recognised
PERSON = "person"  # only people: who decides something, holds a task, stands in for somebody
LACKS = "This machine account lacks the scope “%(scope)s”."
LOST = (
    "Whoever answers for this machine account may no longer give the scope “%(scope)s”. "
    "An administrator can take the account over, under Machine accounts."
)
FOR_PEOPLE = "A machine account holds no tasks and decides nothing; this is done by people."
OWN_LISTS = ("follow", "unfollow", "withdraw")  # of what one follows or began oneself

OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "get_topology": ANY,
        "get_authentication": ANY,
        "search_process_definitions": READ_PROCESSES,
        "get_process_definition": READ_PROCESSES,
        "get_process_definition_xml": READ_PROCESSES,
        "create_deployment": DEPLOY,
        "create_process_instance": START_CASES,
        "search_process_instances": READ_CASES,
        "get_process_instance": READ_CASES,
        "search_user_tasks": READ_CASES,
        "get_user_task": READ_CASES,
        "get_user_task_form": READ_CASES,
        "search_variables": READ_CASES,
        "get_variable": READ_CASES,
        "search_incidents": READ_CASES,
        "print_approval_sheet": READ_CASES,
        "print_approval_sheets": READ_CASES,
        "path_of_case": READ_CASES,
        "get_history": READ_CASES,
        "path_of_start": START_CASES,
        "decide_extension": PERSON,
        "cancel_process_instance": STEER_CASES,
        "assign_user_task": STEER_CASES,
        "unassign_user_task": STEER_CASES,
        "complete_user_task": PERSON,
        "resolve_incident": RESOLVE_INCIDENTS,
        "activate_jobs": WORK_JOBS,
        "complete_job": WORK_JOBS,
        "fail_job": WORK_JOBS,
        "throw_job_error": WORK_JOBS,
        "publish_message": SEND_MESSAGES,
        "correlate_message": SEND_MESSAGES,
        "evaluate_decision": DECIDE,
        "answer_question": PERSON,
        "take_back_question": PERSON,
        "take_back_extension": PERSON,
        "remark_on_copy": PERSON,
        "unlink_process_instances": STEER_CASES,
        "get_draft": PERSON,
        "forget_draft": PERSON,
        "upload_file": PERSON,
        "create_start_draft": PERSON,
        "get_start_draft": PERSON,
        "save_start_draft": PERSON,
        "discard_start_draft": PERSON,
        "create_reassignment": PERSON,
        "save_draft": PERSON,
        "get_signature": PERSON,
        "keep_signature": PERSON,
        "forget_signature": PERSON,
        **dict.fromkeys(("list_phrases", "add_phrase", "remove_phrase"), PERSON),
        **dict.fromkeys(("list_views", "save_view", "remove_view"), PERSON),
        **dict.fromkeys(("get_list_layout", "keep_list_layout", "reset_list_layout"), PERSON),
        "list_calendars": PERSON,
        "create_calendar": PERSON,
        "update_calendar": PERSON,
        "set_calendar_days": PERSON,
        "choose_default_calendar": PERSON,
        "delete_calendar": PERSON,
        "list_company_settings": PERSON,
        "update_company_setting": PERSON,
        "create_deputy": PERSON,
        "end_deputy": PERSON,
        "create_batch": PERSON,
        "get_batch": PERSON,
        "undo_batch": PERSON,
        "propose_rebalance": PERSON,
        "create_rebalance": PERSON,
        "operate_on_process_instance": PERSON,
        "rehearse_on_process_instance": PERSON,
        "create_operation": PERSON,
        "list_operations": PERSON,
        "get_operation": PERSON,
        "carry_out_operation": PERSON,
        "pause_operation": PERSON,
        "continue_operation": PERSON,
        "stop_operation": PERSON,
        "list_incident_causes": PERSON,
        "get_background": PERSON,
        "list_jobs_given_up": PERSON,
        "list_workers": PERSON,
        **{f"{name}_user_task": PERSON for name in acts.ON_TASKS},
        **{f"{name}_process_instance": PERSON if name in OWN_LISTS else STEER_CASES for name in acts.ON_CASES},
    }
)


def require(machine: Machine, operation: str) -> None:
    """Raises Forbidden, with the scope that is missing, or that only people do this."""
    scope = OPERATIONS[operation]
    if scope == PERSON:
        raise errors.Forbidden(FOR_PEOPLE)
    require_scope(machine, scope)


def require_scope(machine: Machine, scope: str) -> None:
    """Raises Forbidden, with the scope, when the account lacks it."""
    if scope in machine.lost:
        raise errors.Forbidden(LOST, scope=scope)
    if scope != ANY and scope not in machine.scopes:
        raise errors.Forbidden(LACKS, scope=scope)
