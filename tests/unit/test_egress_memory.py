from syncd.egress.memory import Memory, Remembered, memory_key


def remembered(body: bytes = b"{}") -> Remembered:
    return Remembered(etag='"1"', headers={}, body=body)


def test_the_least_recently_used_answer_goes_first() -> None:
    memory = Memory(max_entries=2)
    memory.put(b"a", remembered())
    memory.put(b"b", remembered())
    memory.get(b"a")

    memory.put(b"c", remembered())

    assert memory.get(b"a")
    assert not memory.get(b"b")


def test_the_bytes_of_all_answers_are_bounded() -> None:
    memory = Memory(max_bytes=10)

    for key in (b"a", b"b", b"c"):
        memory.put(key, remembered(b"1234"))

    assert not memory.get(b"a")
    assert memory.get(b"c")


def test_an_answer_that_does_not_fit_leaves_the_others() -> None:
    memory = Memory(max_bytes=10)
    memory.put(b"a", remembered(b"1234"))

    memory.put(b"b", remembered(b"12345678901"))

    assert memory.get(b"a")
    assert not memory.get(b"b")


def test_a_newer_answer_takes_the_place_of_the_older() -> None:
    memory = Memory(max_bytes=10)

    for _ in range(5):
        memory.put(b"a", remembered(b"123456789"))

    assert memory.get(b"a")


def test_another_credential_or_accept_is_another_request() -> None:
    mine = memory_key("https://x/y", {"Authorization": "token a", "Accept": "json"})

    assert mine == memory_key(
        "https://x/y", {"accept": "json", "authorization": "token a", "User-Agent": "z"}
    )
    assert mine != memory_key("https://x/y", {"Authorization": "token b", "Accept": "json"})
    assert mine != memory_key("https://x/y", {"Authorization": "token a", "Accept": "xml"})
    assert mine != memory_key("https://x/y?a", {"Authorization": "token a", "Accept": "json"})
