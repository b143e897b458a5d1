from flows.sandbox import clock


def test_a_long_work_says_now_and_then_how_far_it_is_and_how_long_the_rest_takes(monkeypatch):
    now, words = 0.0, []
    monkeypatch.setattr(clock.time, "monotonic", lambda: now)
    pace = clock.Pace("Comparing", words.append)
    pace.begin(100)
    pace.skip(50)
    for later_s in (1.0, 60.0, 61.0, 120.0):
        now = later_s
        pace.add(10)
    assert words == [
        "Comparing: 70% done, about 2 min left",
        "Comparing: 90% done, about 1 min left",
    ]


def test_a_work_that_was_done_before_says_nothing(monkeypatch):
    messages = []
    pace = clock.Pace("Comparing", messages.append)
    pace.begin(0)
    pace.begin(3)
    pace.skip(3)
    assert not messages
