"""The queues of all endpoints, which share the threads of a worker."""

from collections.abc import Iterator

from payouts.entrypoints.worker.endpoint_queue import EndpointQueue, Job


class EndpointQueues:
    """Decides which deliveries start. Endpoints that fail get half of the threads at most."""

    def __init__(self, *, threads: int) -> None:
        self._threads = threads
        self._queues: dict[int, EndpointQueue] = {}

    def __iter__(self) -> Iterator[EndpointQueue]:
        return iter(self._queues.values())

    def of(self, endpoint_id: int) -> EndpointQueue:
        return self._queues.setdefault(endpoint_id, EndpointQueue(endpoint_id))

    @property
    def sending(self) -> int:
        return sum(queue.sending for queue in self)

    def start(self) -> Iterator[Job]:
        """Yield what starts now. The endpoints with the fewest requests in progress go first."""
        for queue in sorted(self, key=lambda queue: queue.sending):
            while queue.can_start and self._has_thread_for(queue):
                queue.sending += 1
                yield queue.waiting.popleft()

    def _has_thread_for(self, queue: EndpointQueue) -> bool:
        if self.sending >= self._threads or not queue.pace.is_failing:
            return self.sending < self._threads
        failing = sum(each.sending for each in self if each.pace.is_failing)
        return failing < self._threads // 2
