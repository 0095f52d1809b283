package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.signalr.HubConnection;
import io.reactivex.rxjava3.core.Observable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Large messages, and many. */
class VolumeTest extends HubTest {
    private static final List<Integer> NUMBERS = IntStream.range(0, 200).boxed().toList();

    @ParameterizedTest
    @EnumSource
    void largeMessagesPassBothWays(Way way) {
        HubConnection connection = connect(way);
        String text = "x".repeat(32_000);
        assertEquals(text, call(connection, String.class, "Echo", text));
        assertEquals(1_000_000, call(connection, String.class, "Big", 1_000_000).length());
    }

    @ParameterizedTest
    @EnumSource
    void aMessageBeyondTheLimitClosesTheConnection(Way way) throws Exception {
        String error = endOf(way, () -> {
            HubConnection connection = connect(way, "/wire-detailed");
            CompletableFuture<String> closed = closing(connection);
            connection.send("Echo", "x".repeat(33_000));
            return wait(closed);
        });
        assertTrue(error.contains("The maximum message size of 32768B was exceeded."), error);
    }

    @ParameterizedTest
    @EnumSource
    void callsAtOnceAreAllAnswered(Way way) {
        HubConnection connection = connect(way);
        List<Integer> answers = wait(Observable.fromIterable(NUMBERS)
                .concatMapEager(number -> connection.<Integer>invoke(Integer.class, "EchoInt", number).toObservable())
                .toList());
        assertEquals(NUMBERS, answers);
    }

    @ParameterizedTest
    @EnumSource
    void messagesOfTheServerComeInOrder(Way way) throws Exception {
        HubConnection connection = connect(way);
        Inbox inbox = new Inbox(connection);
        assertEquals(1_000, call(connection, Integer.class, "Burst", 1_000));
        call(connection, "ToCaller", "end");
        assertEquals(IntStream.range(0, 1_000).mapToObj(String::valueOf).toList(), inbox.before("end"));
    }
}
