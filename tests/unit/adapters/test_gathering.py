from threading import Event

from tests.running import eventually

from payouts.adapters.gathering import Gathering


class TestGathering:
    def test_does_all_that_comes_in_order(self) -> None:
        done: list[int] = []
        gathering = Gathering(name="test", do=done.extend)
        for number in range(300):
            gathering.add([number])
        eventually(lambda: done == list(range(300)))

    def test_does_together_what_came_while_it_was_busy(self) -> None:
        batches: list[list[int]] = []
        may_go_on = Event()

        def do(pieces: list[int]) -> None:
            batches.append(pieces)
            may_go_on.wait(10)

        gathering = Gathering(name="test", do=do)
        gathering.add([1])
        eventually(lambda: batches == [[1]])
        for number in (2, 3, 4):
            gathering.add([number])
        may_go_on.set()
        eventually(lambda: batches == [[1], [2, 3, 4]])

    def test_keeps_no_one_waiting_and_forgets_the_oldest_when_too_much_comes(self) -> None:
        done: list[int] = []
        is_busy, may_go_on = Event(), Event()

        def do(pieces: list[int]) -> None:
            is_busy.set()
            may_go_on.wait(10)
            done.extend(pieces)

        gathering = Gathering(name="test", do=do)
        gathering.add([-1])
        assert is_busy.wait(10)
        gathering.add(range(5000))
        may_go_on.set()
        eventually(lambda: done[-1:] == [4999])
        assert (done[0], len(done)) == (-1, 1 + 1024)
