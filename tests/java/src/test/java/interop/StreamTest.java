package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.signalr.HubConnection;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.subjects.ReplaySubject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams of the server, of the client, and both in one call. */
class StreamTest extends HubTest {
    private static final String BROKEN = "An error occurred on the server while streaming results.";

    @ParameterizedTest
    @EnumSource
    void itemsOfTheServerComeInOrder(Way way) {
        HubConnection connection = connect(way);
        List<Integer> numbers = IntStream.range(0, 200).boxed().toList();
        assertEquals(numbers, items(connection.stream(Integer.class, "Counter", 200, 0)));
        assertEquals(List.of("item 0", "item 1"), items(connection.stream(String.class, "CounterText", 2)));
        assertEquals(List.of(), items(connection.stream(Integer.class, "Counter", 0, 0)));
    }

    @ParameterizedTest
    @EnumSource
    void aStreamOfTheServerFailsBehindItsItems(Way way) {
        HubConnection connection = connect(way);
        assertFailing(connection, "StreamFail", BROKEN);
        assertFailing(connection, "StreamFailHub", BROKEN + " HubException: stream refused");
        assertFails(
                "An unexpected error occurred invoking 'StreamThrowsAtOnce' on the server.",
                () -> items(connection.stream(Integer.class, "StreamThrowsAtOnce")));
        assertAlive(connection);
    }

    @ParameterizedTest
    @EnumSource
    void aCancelledStreamEndsAndTheHubKnows(Way way) throws Exception {
        HubConnection connection = connect(way);
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        connection.on("StreamCanceled", () -> cancelled.complete(null));
        Observable<Integer> numbers = connection.stream(Integer.class, "Infinite");
        assertEquals(List.of(0, 1, 2), items(numbers.take(3)));
        wait(cancelled);
        assertAlive(connection);
    }

    @ParameterizedTest
    @EnumSource
    void severalStreamsRunAtOnce(Way way) {
        HubConnection connection = connect(way);
        Observable<Integer> both = Observable.merge(
                connection.<Integer>stream(Integer.class, "Counter", 10, 5),
                connection.<Integer>stream(Integer.class, "Counter", 20, 2));
        assertAlive(connection);
        assertEquals(30, items(both).size());
    }

    @ParameterizedTest
    @EnumSource
    void itemsOfTheClientArrive(Way way) {
        assertEquals(4950, call(connect(way), Integer.class, "Sum", Observable.range(0, 100)));
    }

    @ParameterizedTest
    @EnumSource
    void twoStreamsAndAPlainArgument(Way way) {
        String joined = call(connect(way), String.class, "Concat", "> ", Observable.just("a", "b"), Observable.just("c", "d"));
        assertEquals("> ab/cd", joined);
    }

    @ParameterizedTest
    @EnumSource
    void aFailingStreamOfTheClientIsTheHubsToHandle(Way way) {
        HubConnection connection = connect(way);
        Observable<String> failing = Observable.just("b").concatWith(Observable.error(new IllegalStateException("lost")));
        assertFails(
                "An unexpected error occurred invoking 'Concat' on the server. HubException: upload failed: "
                        + "java.lang.IllegalStateException: lost",
                () -> call(connection, String.class, "Concat", "", Observable.just("a"), failing));
        assertAlive(connection);
    }

    @ParameterizedTest
    @EnumSource
    void everyItemComesBack(Way way) {
        List<String> texts = IntStream.range(0, 50).mapToObj(number -> "text " + number).toList();
        assertEquals(texts, items(connect(way).stream(String.class, "EchoStream", Observable.fromIterable(texts))));
    }

    /** Asserts that the stream gives 0 and 1 before it fails. */
    private static void assertFailing(HubConnection connection, String method, String error) {
        ReplaySubject<Integer> seen = ReplaySubject.create();
        connection.<Integer>stream(Integer.class, method, 2).subscribe(seen);
        assertFails(error, () -> items(seen));
        assertEquals(List.of(0, 1), items(seen.onErrorComplete()));
    }

    private static <T> List<T> items(Observable<T> stream) {
        return stream.timeout(30, TimeUnit.SECONDS).toList().blockingGet();
    }
}
