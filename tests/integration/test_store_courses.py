from __future__ import annotations

from datetime import datetime, timedelta

from syncd.okr.course import Course
from syncd.okr.definition import Subject
from syncd.okr.state import KeyResultState, Origin
from syncd.store.history import CheckIn
from syncd.store.store import Store
from tests.states import NOW, a_state, an_objective_state

DAY = timedelta(days=1)
STATE = a_state(current=12.0)


def a_check_in(day: int, current: float | None, *, author: str | None = None) -> CheckIn:
    origin: Origin = "person" if author else "sync"
    return CheckIn(
        subject=STATE.subject,
        at=at(day),
        current=current,
        progress=None if current is None else current / 20,
        origin=origin,
        author=author,
    )


def at(day: int) -> datetime:
    return NOW + day * DAY


async def course_of(store: Store, *check_ins: CheckIn, state: KeyResultState = STATE) -> Course:
    async with store.transaction() as tx:
        await tx.states.save([state, an_objective_state()], at=NOW, sync_id=None)
        await tx.history.add(check_ins)
    async with store.reading() as tx:
        courses = await tx.courses.get()
    assert set(courses) == {state.subject}
    return courses[state.subject]


async def test_a_key_result_without_a_value_has_an_empty_course(store: Store) -> None:
    assert await course_of(store, state=a_state()) == Course()


async def test_a_course_begins_with_the_first_value(store: Store) -> None:
    course = await course_of(store, a_check_in(0, None), a_check_in(1, 8.0), a_check_in(2, 12.0))

    assert (course.first, course.first_progress, course.first_at) == (8.0, 0.4, at(1))


async def test_a_number_moved_when_it_became_what_it_is(store: Store) -> None:
    # The last of these moved the progress alone: the target was changed.
    course = await course_of(
        store, a_check_in(0, 12.0), a_check_in(1, 8.0), a_check_in(2, 12.0), a_check_in(3, 12.0)
    )

    assert course.moved_at == at(2)


async def test_a_number_that_never_moved_is_as_old_as_its_first_check_in(store: Store) -> None:
    course = await course_of(store, a_check_in(0, 12.0), a_check_in(5, 12.0))

    assert course.moved_at == at(0)


async def test_only_a_person_checks_in(store: Store) -> None:
    by_hand = a_state(current=12.0, origin="person")

    course = await course_of(
        store,
        a_check_in(0, 8.0, author="anna"),
        a_check_in(1, 12.0, author="ben"),
        a_check_in(2, 12.0),
        state=by_hand,
    )

    assert course.checked_in_at == at(1)


async def test_an_archived_key_result_has_no_course(store: Store) -> None:
    async with store.transaction() as tx:
        await tx.states.save([STATE], at=NOW, sync_id=None)
        await tx.states.archive([STATE.subject], at=NOW)

    async with store.reading() as tx:
        assert await tx.courses.get() == {}


async def test_each_subject_has_a_course_of_its_own(store: Store) -> None:
    other = a_state(current=3.0, subject=Subject("2026-Q3", STATE.subject.id))
    async with store.transaction() as tx:
        await tx.states.save([STATE, other], at=NOW, sync_id=None)
        await tx.history.add([a_check_in(0, 12.0)])

    async with store.reading() as tx:
        courses = await tx.courses.get()

    assert courses[STATE.subject].first == 12.0
    assert courses[other.subject] == Course()
