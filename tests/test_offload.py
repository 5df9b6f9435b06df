"""ORC301 to ORC308: what blocks goes to a thread. Every case is fixed, and runs before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fixing import becomes
from offloading import Case, Ran, fixed, module, ran

if TYPE_CHECKING:
    from pathlib import Path


def late(name: str, row: int, read: str = "") -> str:
    """Why a query stays whose result is used after an `await`."""
    what = f" ({read})" if read else ""
    return (
        f"`{name}` may hold an object of the session, and is used after the `await` in line {row}: "
        f"assign what is needed of it{what} to variables before that, as plain values"
    )


MOVED = (
    Case(
        "a_call_goes_alone_with_all_of_its_arguments",
        """
        async def allowed(user):
            more = {"timeout": 5}
            return requests.get(URL, *[None], params={"a": 1}, **more) is None
        """,
        """
        async def allowed(user):
            more = {"timeout": 5}
            return await asyncio.to_thread(requests.get, URL, *[None], params={"a": 1}, **more) is None
        """,
    ),
    Case(
        "what_is_read_from_the_result_needs_parentheses",
        """
        async def allowed(user):
            return requests.get(URL).ok
        """,
        """
        async def allowed(user):
            return (await asyncio.to_thread(requests.get, URL)).ok
        """,
    ),
    Case(
        "a_chain_that_goes_on_calling_goes_as_one_lambda",
        """
        async def allowed(user):
            return requests.get(URL).json()["allowed"]
        """,
        """
        async def allowed(user):
            return await asyncio.to_thread(lambda: requests.get(URL).json()["allowed"])
        """,
    ),
    Case(
        "arguments_that_are_awaited_stay_in_the_loop",
        """
        async def allowed(user):
            return requests.get(await is_known(user)).json()
        """,
        """
        async def allowed(user):
            return (await asyncio.to_thread(requests.get, await is_known(user))).json()
        """,
    ),
    Case(
        "a_name_that_an_argument_binds_stays_bound",
        """
        async def allowed(user):
            return requests.get((where := URL)).json() and where
        """,
        """
        async def allowed(user):
            return (await asyncio.to_thread(requests.get, (where := URL))).json() and where
        """,
    ),
    Case(
        "conditions_keep_their_short_circuit",
        """
        async def allowed(user):
            return user is None or (requests.get(URL) if user.name == "ops" else False)
        """,
        """
        async def allowed(user):
            return user is None or (await asyncio.to_thread(requests.get, URL) if user.name == "ops" else False)
        """,
    ),
    Case(
        "a_call_inside_another_goes_with_it",
        """
        async def allowed(user):
            return requests.get(open("url").read()) is None
        """,
        """
        async def allowed(user):
            return await asyncio.to_thread(lambda: requests.get(open("url").read())) is None
        """,
    ),
    Case(
        "line_breaks_and_comments_of_arguments_stay",
        """
        async def allowed(user):
            answer = requests.get(
                URL,  # where
                timeout=5,
            )
            return answer.ok
        """,
        """
        async def allowed(user):
            answer = await asyncio.to_thread(
                requests.get,
                URL,  # where
                timeout=5,
            )
            return answer.ok
        """,
    ),
    Case(
        "a_chain_over_several_lines_keeps_its_lines",
        """
        async def allowed(user):
            return (
                requests.get(URL)
                .json()
                .get("allowed")
            )
        """,
        """
        async def allowed(user):
            return (
                await asyncio.to_thread(lambda: requests.get(URL)
                .json()
                .get("allowed"))
            )
        """,
    ),
    Case(
        "an_attribute_in_another_line_is_read_of_the_answer",
        """
        async def allowed(user):
            return (
                user is not None
                and requests
                .get(URL)
                .ok
            )
        """,
        """
        async def allowed(user):
            return (
                user is not None
                and (await asyncio.to_thread(requests
                .get, URL))
                .ok
            )
        """,
    ),
    Case(
        "a_stream_is_read_where_it_is_opened",
        """
        async def allowed(user):
            for line in requests.get(URL, stream=True).iter_lines():
                if line:
                    break
            users = [line for line in ("user", user)]
            return any(part in users for part in requests.get(URL).iter_content())
        """,
        """
        async def allowed(user):
            def _request():
                for line in requests.get(URL, stream=True).iter_lines():
                    if line:
                        break

            await asyncio.to_thread(_request)
            users = [line for line in ("user", user)]
            return await asyncio.to_thread(lambda: any(part in users for part in requests.get(URL).iter_content()))
        """,
    ),
    Case(
        "a_sleep_goes_to_a_thread",
        """
        async def allowed(user):
            time.sleep(2)
            return True
        """,
        """
        async def allowed(user):
            await asyncio.to_thread(time.sleep, 2)
            return True
        """,
    ),
    Case(
        "a_function_that_sleeps_goes_to_a_thread",
        """
        def pause(seconds):
            time.sleep(seconds)
            return seconds


        async def allowed(user):
            return pause(2) == 2
        """,
        """
        def pause(seconds):
            time.sleep(seconds)
            return seconds


        async def allowed(user):
            return await asyncio.to_thread(pause, 2) == 2
        """,
    ),
    Case(
        "any_over_a_generator_goes_as_a_whole_and_still_stops_early",
        """
        async def allowed(user):
            return any(requests.get(f"{URL}/{role}").ok for role in ("ops", "noc"))
        """,
        """
        async def allowed(user):
            return await asyncio.to_thread(lambda: any(requests.get(f"{URL}/{role}").ok for role in ("ops", "noc")))
        """,
    ),
    Case(
        "a_list_comprehension_goes_as_a_whole",
        """
        async def allowed(user):
            return [role for role in ("ops", "noc") if requests.get(role).ok] == []
        """,
        """
        async def allowed(user):
            return await asyncio.to_thread(lambda: [role for role in ("ops", "noc") if requests.get(role).ok]) == []
        """,
    ),
    Case(
        "a_comprehension_that_awaits_becomes_an_asynchronous_one",
        """
        async def allowed(user):
            return {one: requests.get(one).ok for one in ("a", "b") if await is_known(user)}
        """,
        """
        async def allowed(user):
            return {one: (await asyncio.to_thread(requests.get, one)).ok for one in ("a", "b") if await is_known(user)}
        """,
    ),
    Case(
        "a_generator_that_awaits_may_await_once_more",
        """
        async def allowed(user):
            every = (requests.get(role).ok for role in ("a", "b") if await is_known(user))
            return [one async for one in every] == []
        """,
        """
        async def allowed(user):
            every = ((await asyncio.to_thread(requests.get, role)).ok for role in ("a", "b") if await is_known(user))
            return [one async for one in every] == []
        """,
    ),
    Case(
        "what_a_comprehension_iterates_over_goes_alone",
        """
        async def allowed(user):
            return [line for line in requests.get(URL)] == []
        """,
        """
        async def allowed(user):
            return [line for line in await asyncio.to_thread(requests.get, URL)] == []
        """,
    ),
    Case(
        "map_goes_with_what_consumes_it",
        """
        async def allowed(user):
            return list(map(requests.get, ("ops", "noc"))) == []
        """,
        """
        async def allowed(user):
            return await asyncio.to_thread(lambda: list(map(requests.get, ("ops", "noc")))) == []
        """,
    ),
    Case(
        "a_folder_is_listed_where_its_entries_are_looked_at",
        """
        async def allowed(user):
            return any(path.name == "ops" for path in Path("roles").iterdir())
        """,
        """
        async def allowed(user):
            return await asyncio.to_thread(lambda: any(path.name == "ops" for path in Path("roles").iterdir()))
        """,
    ),
    Case(
        "a_property_is_read_in_the_thread",
        """
        class Account:
            @property
            def roles(self):
                return requests.get(URL).json()


        async def allowed(user):
            return Account().roles is None
        """,
        """
        class Account:
            @property
            def roles(self):
                return requests.get(URL).json()


        async def allowed(user):
            return await asyncio.to_thread(lambda: Account().roles) is None
        """,
    ),
    Case(
        "super_is_found_before_the_thread",
        """
        class Base:
            def ask(self, name):
                return requests.get(name).ok


        class Policy(Base):
            async def check(self, user):
                return super().ask(URL)


        allowed = Policy().check
        """,
        """
        class Base:
            def ask(self, name):
                return requests.get(name).ok


        class Policy(Base):
            async def check(self, user):
                return await asyncio.to_thread(super().ask, URL)


        allowed = Policy().check
        """,
    ),
    Case(
        "a_nested_function_or_lambda_goes_by_its_name",
        """
        async def allowed(user):
            ask = lambda name: requests.get(name).ok
            return ask(URL)
        """,
        """
        async def allowed(user):
            ask = lambda name: requests.get(name).ok
            return await asyncio.to_thread(ask, URL)
        """,
    ),
    Case(
        "a_with_statement_goes_as_a_nested_function",
        """
        async def allowed(user):
            with open("users") as file:
                return "ops" in file.read()
        """,
        """
        async def allowed(user):
            def _read():
                with open("users") as file:
                    return "ops" in file.read()

            return await asyncio.to_thread(_read)
        """,
    ),
    Case(
        "names_that_are_used_afterwards_come_back",
        """
        async def allowed(user):
            with open("users") as file:
                # the first line counts
                first = file.readline()
                rest = file.read()
            return bool(first) and bool(rest)
        """,
        """
        async def allowed(user):
            def _read():
                with open("users") as file:
                    # the first line counts
                    first = file.readline()
                    rest = file.read()
                return first, rest

            first, rest = await asyncio.to_thread(_read)
            return bool(first) and bool(rest)
        """,
    ),
    Case(
        "a_name_that_is_bound_on_some_ways_is_handed_in",
        """
        async def allowed(user):
            level = 0
            with open("users") as file:
                if "ops" in file.read():
                    level += 2
            return level
        """,
        """
        async def allowed(user):
            level = 0

            def _read(level):
                with open("users") as file:
                    if "ops" in file.read():
                        level += 2
                return level

            level = await asyncio.to_thread(_read, level)
            return level
        """,
    ),
    Case(
        "a_loop_that_returns_takes_the_rest_of_the_block_along",
        """
        async def allowed(user):
            for line in open("users"):
                if line.startswith("ops"):
                    return True
            return False
        """,
        """
        async def allowed(user):
            def _read():
                for line in open("users"):
                    if line.startswith("ops"):
                        return True
                return False

            return await asyncio.to_thread(_read)
        """,
    ),
    Case(
        "a_with_statement_that_awaits_opens_in_the_thread",
        """
        async def allowed(user):
            with open("users") as file:
                if await is_known(user):
                    return "ops" in file.read()
            return False
        """,
        """
        async def allowed(user):
            with await asyncio.to_thread(open, "users") as file:
                if await is_known(user):
                    return "ops" in await asyncio.to_thread(file.read)
            return False
        """,
    ),
    Case(
        "a_context_variable_is_set_for_the_request_not_for_the_thread",
        """
        from contextvars import ContextVar

        NAME = ContextVar("NAME", default="")


        async def allowed(user):
            with open("users") as file:
                NAME.set(file.read())
            return NAME.get()
        """,
        """
        from contextvars import ContextVar

        NAME = ContextVar("NAME", default="")


        async def allowed(user):
            with await asyncio.to_thread(open, "users") as file:
                NAME.set(await asyncio.to_thread(file.read))
            return NAME.get()
        """,
    ),
    Case(
        "a_file_that_is_written",
        """
        async def allowed(user):
            with open("log", "a") as file:
                file.write("asked")
            return user is not None
        """,
        """
        async def allowed(user):
            def _write():
                with open("log", "a") as file:
                    file.write("asked")

            await asyncio.to_thread(_write)
            return user is not None
        """,
    ),
    Case(
        "tasks_are_made_in_the_event_loop",
        """
        async def allowed(user):
            async with asyncio.TaskGroup() as group:
                with open("users") as file:
                    task = group.create_task(is_known(user))
                    text = file.read()
            return bool(text) and task.result()
        """,
        """
        async def allowed(user):
            async with asyncio.TaskGroup() as group:
                with await asyncio.to_thread(open, "users") as file:
                    task = group.create_task(is_known(user))
                    text = await asyncio.to_thread(file.read)
            return bool(text) and task.result()
        """,
    ),
    Case(
        "a_lock_is_taken_and_given_back_in_one_thread",
        """
        LOCK = threading.Lock()


        async def allowed(user):
            with LOCK:
                return user is not None
        """,
        """
        LOCK = threading.Lock()


        async def allowed(user):
            def _wait():
                with LOCK:
                    return user is not None

            return await asyncio.to_thread(_wait)
        """,
    ),
    Case(
        "an_exception_arrives_where_it_was_expected",
        """
        async def allowed(user):
            try:
                with open("users") as file:
                    raise PermissionError(file.read())
            except PermissionError as error:
                return str(error)
        """,
        """
        async def allowed(user):
            try:
                def _read():
                    with open("users") as file:
                        raise PermissionError(file.read())

                await asyncio.to_thread(_read)
            except PermissionError as error:
                return str(error)
        """,
    ),
    Case(
        "an_exception_of_the_callback_keeps_type_and_message",
        """
        def ask(name):
            if requests.get(name) is not None:
                raise LookupError(f"nothing known of {name}")


        async def allowed(user):
            return ask(user.name)
        """,
        """
        def ask(name):
            if requests.get(name) is not None:
                raise LookupError(f"nothing known of {name}")


        async def allowed(user):
            return await asyncio.to_thread(ask, user.name)
        """,
    ),
    Case(
        "the_body_moves_where_the_session_of_the_request_is_used",
        '''
        # Who may order.
        async def allowed(user, *, limit=10) -> bool:
            """Whether there are few subscriptions."""
            statement = select(func.count()).select_from(SubscriptionTable)
            return db.session.scalar(statement) == limit  # not too many
        ''',
        '''
        def _allowed_sync(user, *, limit) -> bool:
            with db.database_scope():
                statement = select(func.count()).select_from(SubscriptionTable)
                return db.session.scalar(statement) == limit  # not too many


        # Who may order.
        async def allowed(user, *, limit=10) -> bool:
            """Whether there are few subscriptions."""
            return await asyncio.to_thread(_allowed_sync, user, limit=limit)
        ''',
    ),
    Case(
        "a_function_that_queries_somewhere_below_gets_a_session_too",
        """
        def insync(subscription_id):
            return get_subscription(subscription_id).insync


        async def allowed(user):
            return insync("x")
        """,
        """
        def insync(subscription_id):
            return get_subscription(subscription_id).insync


        def _allowed_sync(user):
            with db.database_scope():
                return insync("x")


        async def allowed(user):
            return await asyncio.to_thread(_allowed_sync, user)
        """,
    ),
    Case(
        "a_function_with_a_session_of_its_own_goes_alone",
        """
        def few():
            with db.database_scope():
                return SubscriptionTable.query.count() == 1


        async def allowed(user):
            return few()
        """,
        """
        def few():
            with db.database_scope():
                return SubscriptionTable.query.count() == 1


        async def allowed(user):
            return await asyncio.to_thread(few)
        """,
    ),
    Case(
        "a_method_keeps_its_body_where_a_subclass_cannot_take_its_place",
        '''
        class Policy:
            limit = 3

            async def check(self, user) -> bool:
                """Few."""
                user = user or self.limit
                return SubscriptionTable.query.count() == user


        allowed = Policy().check
        ''',
        '''
        class Policy:
            limit = 3

            async def check(self, user) -> bool:
                """Few."""

                def _check_sync(user) -> bool:
                    with db.database_scope():
                        user = user or self.limit
                        return SubscriptionTable.query.count() == user

                return await asyncio.to_thread(_check_sync, user)


        allowed = Policy().check
        ''',
    ),
    Case(
        "a_session_of_its_own_is_opened_and_closed_where_it_is_used",
        """
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session

        ENGINE = create_engine("x")


        async def allowed(user):
            with Session(ENGINE) as session:
                grant = session.get(SubscriptionTable, 1)
                return grant is None or grant.insync
        """,
        """
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session

        ENGINE = create_engine("x")


        async def allowed(user):
            def _query():
                with Session(ENGINE) as session:
                    grant = session.get(SubscriptionTable, 1)
                    return grant is None or grant.insync

            return await asyncio.to_thread(_query)
        """,
    ),
    Case(
        "a_query_beside_an_await_moves_with_what_makes_it_plain",
        """
        async def allowed(user):
            return await is_known(user) and db.session.get(SubscriptionTable, 1) is not None
        """,
        """
        async def allowed(user):
            def _query():
                with db.database_scope():
                    return db.session.get(SubscriptionTable, 1) is not None

            return await is_known(user) and await asyncio.to_thread(_query)
        """,
    ),
    Case(
        "an_object_of_the_session_takes_along_what_uses_it",
        """
        async def allowed(user):
            if not await is_known(user):
                return False
            subscription = get_subscription("x")
            return subscription.insync
        """,
        """
        async def allowed(user):
            if not await is_known(user):
                return False

            def _query():
                with db.database_scope():
                    subscription = get_subscription("x")
                    return subscription.insync

            return await asyncio.to_thread(_query)
        """,
    ),
    Case(
        "a_plain_answer_may_be_used_after_an_await",
        """
        async def allowed(user):
            few = SubscriptionTable.query.count() == 1
            return await is_known(user) and few
        """,
        """
        async def allowed(user):
            def _query():
                with db.database_scope():
                    return SubscriptionTable.query.count()

            few = await asyncio.to_thread(_query) == 1
            return await is_known(user) and few
        """,
    ),
    Case(
        "columns_of_the_framework_s_tables_outlive_the_session",
        """
        async def allowed(user):
            subscriptions = db.session.scalars(select(SubscriptionTable)).all()
            names = {one.description.lower() for one in subscriptions if one.insync}
            await is_known(user)
            return len(sorted(names)) > 1 and names is not None
        """,
        """
        async def allowed(user):
            def _query():
                with db.database_scope():
                    subscriptions = db.session.scalars(select(SubscriptionTable)).all()
                    return {one.description.lower() for one in subscriptions if one.insync}

            names = await asyncio.to_thread(_query)
            await is_known(user)
            return len(sorted(names)) > 1 and names is not None
        """,
    ),
    Case(
        "what_is_selected_by_its_columns_is_plain",
        """
        async def allowed(user):
            wanted = select(SubscriptionTable.status).where(SubscriptionTable.insync)
            status = db.session.scalar(wanted)
            counted = dict(db.session.execute(select(SubscriptionTable.status, func.count())).all())
            await is_known(user)
            return status == "active" or counted.get("active", 0) is None
        """,
        """
        async def allowed(user):
            wanted = select(SubscriptionTable.status).where(SubscriptionTable.insync)

            def _query():
                with db.database_scope():
                    return db.session.scalar(wanted)

            status = await asyncio.to_thread(_query)

            def _query_2():
                with db.database_scope():
                    return db.session.execute(select(SubscriptionTable.status, func.count())).all()

            counted = dict(await asyncio.to_thread(_query_2))
            await is_known(user)
            return status == "active" or counted.get("active", 0) is None
        """,
    ),
    Case(
        "a_column_is_taken_before_the_await",
        """
        async def allowed(user):
            subscription = get_subscription("x")
            status = subscription.status  # of the moment
            found = {}
            for one in SubscriptionTable.query:
                found[one.subscription_id] = one.note
            await is_known(user)
            return status == "active" or bool(found)
        """,
        """
        async def allowed(user):
            def _query():
                with db.database_scope():
                    subscription = get_subscription("x")
                    return subscription.status  # of the moment

            status = await asyncio.to_thread(_query)
            found = {}

            def _query_2():
                with db.database_scope():
                    for one in SubscriptionTable.query:
                        found[one.subscription_id] = one.note

            await asyncio.to_thread(_query_2)
            await is_known(user)
            return status == "active" or bool(found)
        """,
    ),
)

STAYS = (
    Case(
        "a_registry_of_sessions_is_not_used_by_two_threads",
        """
        from sqlalchemy import create_engine
        from sqlalchemy.orm import scoped_session, sessionmaker

        Registry = scoped_session(sessionmaker(create_engine("x")))


        async def allowed(user):
            Registry.add(user)
            await is_known(user)
            Registry.commit()
            return True
        """,
        reason="it moves with all that uses what it gives, but there is an `await` in it",
    ),
    Case(
        "an_object_of_the_session_is_not_handed_to_other_code",
        """
        async def found(name):
            return get_subscription(name)


        async def allowed(user):
            return (await found("x")).insync
        """,
        reason="what it returns may be an object of the session, which ends with the thread",
    ),
    Case(
        "an_object_of_the_session_is_not_used_after_an_await",
        """
        async def allowed(user):
            subscription = get_subscription("x")
            await is_known(user)
            return subscription.insync
        """,
        reason=late("subscription", 21, "`subscription.insync`"),
    ),
    Case(
        "a_relationship_is_no_column",
        """
        async def allowed(user):
            products = [one.product for one in SubscriptionTable.query]
            await is_known(user)
            return bool(products)
        """,
        reason=late("products", 21),
    ),
    Case(
        "a_list_that_is_filled_with_objects_holds_them",
        """
        async def allowed(user):
            found = []
            for one in SubscriptionTable.query:
                found.append(one)
            await is_known(user)
            return any(one.insync for one in found)
        """,
        reason=late("found", 23),
    ),
    Case(
        "attributes_of_tables_of_the_project_are_not_known",
        """
        async def allowed(user):
            from tables import Site
            sites = {one.status for one in db.session.scalars(select(Site))}
            await is_known(user)
            return bool(sites)
        """,
        reason=late("sites", 22),
    ),
    Case(
        "what_is_got_from_a_variable_table_is_not_known",
        """
        async def allowed(user):
            found = db.session.get(user.table, 1)
            status = found.status
            await is_known(user)
            return status
        """,
        reason=late("status", 22),
    ),
    Case(
        "a_transaction_is_not_torn_apart",
        """
        async def allowed(user):
            db.session.add(SubscriptionTable())
            await is_known(user)
            db.session.commit()
            return True
        """,
        reason="it moves with all that uses what it gives, but there is an `await` in it",
    ),
    Case(
        "a_generator_that_goes_elsewhere_stays",
        """
        async def allowed(user):
            answers = (requests.get(name) for name in ("a", "b"))
            return answers is None
        """,
        reason="what it gives is consumed elsewhere, where it would block again",
    ),
    Case(
        "a_session_of_somebody_else_stays",
        """
        async def count(session):
            return session.query(SubscriptionTable).count() == 1


        async def allowed(user):
            return await count(db.session)
        """,
        reason="`session` comes from elsewhere, where it may be in use at the same time",
    ),
    Case(
        "a_lock_of_one_thread_stays",
        """
        LOCK = threading.RLock()


        async def allowed(user):
            LOCK.acquire()
            try:
                return user is not None
            finally:
                LOCK.release()
        """,
        reason="the lock belongs to the thread that takes it, which has to give it back too",
    ),
    Case(
        "a_context_variable_is_set_where_others_see_it",
        """
        from contextvars import ContextVar

        TOKEN = ContextVar("TOKEN", default="")


        def fetched():
            TOKEN.set(requests.get(URL).text)
            return True


        async def allowed(user):
            return fetched() and TOKEN.get() == user.name
        """,
        reason="the context variable `TOKEN` is set in it (a_context_variable_is_set_where_others_see_it.py:24), "
        "which would be set in the thread only",
    ),
    Case(
        "the_end_of_an_iterator_cannot_leave_a_thread",
        """
        def pages():
            yield requests.get(URL)


        async def allowed(user):
            return next(pages()) is None
        """,
        reason="`next()` may raise StopIteration, which cannot leave a thread",
    ),
    Case(
        "a_name_that_may_not_be_bound_stays_so",
        """
        async def allowed(user):
            for line in open("users"):
                found = line
            return found
        """,
        reason="it moves with the whole statement, but `found` may not be bound",
    ),
)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("cases")
    return ran(folder, (*MOVED, *STAYS))


@pytest.mark.parametrize("case", MOVED, ids=lambda case: case.name)
def test_it_moves(case: Case, every: Ran) -> None:
    assert every.after[case.name] == module(case.after, case.name)


@pytest.mark.parametrize("case", STAYS, ids=lambda case: case.name)
def test_it_stays_and_says_why(case: Case, every: Ran) -> None:
    assert every.after[case.name] == every.before[case.name]
    assert every.reasons[case.name] == [case.reason]


@pytest.mark.parametrize("case", MOVED, ids=lambda case: case.name)
def test_it_answers_as_before_and_blocks_in_another_thread(case: Case, every: Ran) -> None:
    def of(lines: list[str]) -> list[str]:
        return [line for line in lines if line.startswith(f"workflow {case.name}:")]

    def answers(outcome: dict[str, str]) -> dict[str, str]:
        return {label: said for label, said in outcome.items() if label.startswith(f"workflow {case.name}:")}

    assert len(answers(every.ran_before.answers)) == 3
    assert answers(every.ran_after.answers) == answers(every.ran_before.answers)
    assert of(every.ran_before.in_loop) or "lock" in case.name
    assert of(every.ran_after.in_loop) == []
    assert of(every.ran_after.threaded) or "lock" in case.name
    assert of(every.ran_after.shared) == []
    assert of(every.ran_after.contexts) == []


def test_everything_runs(every: Ran) -> None:
    assert every.ran_before.imports == every.ran_after.imports == {}


def test_nothing_is_left_without_a_reason_and_a_second_run_changes_nothing(every: Ran) -> None:
    assert every.left == []
    assert every.again == every.after


IMPORTS = [
    (  # sorted into a block
        "import abc\nimport time\n\nimport requests\n",
        "import abc\nimport asyncio\nimport time\n\nimport requests\n",
        "asyncio.to_thread",
    ),
    (  # below the docstring and what comes from the future
        '"""Policies."""\n\nfrom __future__ import annotations\n\nimport requests\n',
        '"""Policies."""\n\nfrom __future__ import annotations\n\nimport asyncio\n\nimport requests\n',
        "asyncio.to_thread",
    ),
    ("import asyncio as aio\nimport requests\n", "import asyncio as aio\nimport requests\n", "aio.to_thread"),
    (
        "from asyncio import to_thread\n\nimport requests\n",
        "from asyncio import to_thread\n\nimport requests\n",
        "to_thread",
    ),
    (  # another meaning of the name
        "import requests\nasyncio = None\n",
        "import asyncio as _asyncio\n\nimport requests\nasyncio = None\n",
        "_asyncio.to_thread",
    ),
    (  # for the type checker only
        "from typing import TYPE_CHECKING\n\nimport requests\nif TYPE_CHECKING:\n    import asyncio\n",
        "import asyncio\nfrom typing import TYPE_CHECKING\n\nimport requests\nif TYPE_CHECKING:\n    import asyncio\n",
        "asyncio.to_thread",
    ),
]


@pytest.mark.parametrize(("before", "after", "name"), IMPORTS)
def test_asyncio_is_imported_once_where_imports_stand(before: str, after: str, name: str, tmp_path: Path) -> None:
    rest = (
        "from orchestrator.workflow import begin, workflow\n\n\nasync def allowed(user):\n"
        "    return {} and {}\n\n\nworkflow('x', authorize_callback=allowed)(begin)\n"
    )
    tmp_path.joinpath("setup.cfg").write_text("")
    tmp_path.joinpath("policy.py").write_text(before + rest.format("requests.get('a')", "requests.get('b')"))
    fixed(tmp_path)
    first, second = (f"await {name}(requests.get, '{letter}')" for letter in "ab")
    assert tmp_path.joinpath("policy.py").read_text() == after + rest.format(first, second)


def test_a_parameter_called_asyncio_is_not_the_module(tmp_path: Path) -> None:
    text = (
        "import requests\nfrom orchestrator.workflow import begin, workflow\n\n\n"
        "async def allowed(user, asyncio=None):\n    return requests.get('a')\n\n\n"
        "workflow('x', authorize_callback=allowed)(begin)\n"
    )
    tmp_path.joinpath("setup.cfg").write_text("")
    tmp_path.joinpath("policy.py").write_text(text)
    fixed(tmp_path)
    after = tmp_path.joinpath("policy.py").read_text()
    assert after.startswith("import asyncio as _asyncio\n")
    assert "    return await _asyncio.to_thread(requests.get, 'a')\n" in after


def test_the_database_is_imported_where_only_the_type_checker_knows_it(tmp_path: Path) -> None:
    text = (
        "import asyncio\nfrom typing import TYPE_CHECKING\n\nfrom orchestrator.core.db import ProductTable\n"
        "from orchestrator.core.workflow import begin, workflow\n\nif TYPE_CHECKING:\n"
        "    from orchestrator.core.db import db\n\n\nasync def allowed(user):\n"
        "    return ProductTable.query.count() > 0\n\n\nworkflow('x', authorize_callback=allowed)(begin)\n"
    )
    tmp_path.joinpath("setup.cfg").write_text("")
    tmp_path.joinpath("policy.py").write_text(text)
    fixed(tmp_path)
    after = tmp_path.joinpath("policy.py").read_text()
    assert "from orchestrator.core.db import ProductTable, db\n" in after
    assert "    with db.database_scope():\n        return ProductTable.query.count() > 0\n" in after


def test_the_output_says_why_a_fix_is_unsafe_and_why_there_is_none(tmp_path: Path) -> None:
    from harness import run

    tmp_path.joinpath("setup.cfg").write_text("")
    tmp_path.joinpath("policy.py").write_text(
        "import requests\nfrom orchestrator.workflow import begin, workflow\n\n\n"
        "async def allowed(user):\n    names = (requests.get(x) for x in user)\n"
        "    return requests.get('a') and names\n\n\nworkflow('x', authorize_callback=allowed)(begin)\n"
    )
    done = run("flake8_orch47", "check", "--fix", "--unsafe-fixes", "policy.py", cwd=tmp_path)
    said = " ".join((done.stdout + done.stderr).split())
    assert "what it gives is consumed elsewhere, where it would block again" in said
    assert done.returncode == 1
    done = run("flake8_orch47", "check", "--output-format", "json", "policy.py", cwd=tmp_path)
    assert '"fix": null' in done.stdout


def test_what_is_not_mentioned_stays(tmp_path: Path) -> None:
    """Line ends, tabs and a missing end of the last line."""
    text = (
        "import asyncio\r\nimport requests\r\nfrom orchestrator.workflow import begin, workflow\r\n\r\n\x0c\r\n"
        'async def allowed(user):\r\n\twith requests.get("ä" ) as  answer :\r\n\t\treturn answer  # ja\r\n'
        'x = {"a" :1}\r\nworkflow("x", authorize_callback=allowed)(begin)'
    )
    changed = (
        "import asyncio\r\nimport requests\r\nfrom orchestrator.workflow import begin, workflow\r\n\r\n\x0c\r\n"
        'async def allowed(user):\r\n\tdef _request():\r\n\t\twith requests.get("ä" ) as  answer :\r\n'
        "\t\t\treturn answer  # ja\r\n\r\n\treturn await asyncio.to_thread(_request)\r\n"
        'x = {"a" :1}\r\nworkflow("x", authorize_callback=allowed)(begin)'
    )
    tmp_path.joinpath("setup.cfg").write_text("")
    tmp_path.joinpath("policy.py").write_bytes(text.encode())
    fixed(tmp_path)
    assert tmp_path.joinpath("policy.py").read_bytes().decode() == changed


def test_a_function_that_takes_a_body_stands_two_lines_apart_whatever_the_file_does(tmp_path: Path) -> None:
    head = "from orchestrator.db import SubscriptionTable, db\nfrom orchestrator.workflow import workflow\n"
    body = "async def allowed(user):\n{}\nworkflow('x', authorize_callback=allowed)(print)\n"
    becomes(
        tmp_path,
        head + body.format("    return SubscriptionTable.query.count() > 1"),
        "import asyncio\n\n" + head + "\n\ndef _allowed_sync(user):\n    with db.database_scope():\n"
        "        return SubscriptionTable.query.count() > 1\n\n\n"
        + body.format("    return await asyncio.to_thread(_allowed_sync, user)"),
        codes=("ORC3",),
    )
