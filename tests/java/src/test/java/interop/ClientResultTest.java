package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.signalr.HubConnection;
import com.microsoft.signalr.HubException;
import io.reactivex.rxjava3.core.Single;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Questions of the server that the client answers. */
class ClientResultTest extends HubTest {
    private static final String FAILED = "An unexpected error occurred invoking 'Ask' on the server. HubException: ask failed: ";

    @ParameterizedTest
    @EnumSource
    void aTextIsAnswered(Way way) {
        HubConnection connection = connect(way);
        connection.onWithResult("Ask", (String prompt) -> Single.just(prompt + "!"), String.class);
        assertEquals("answer: colour?!", call(connection, String.class, "Ask", "colour?"));
    }

    @ParameterizedTest
    @EnumSource
    void aNumberIsAnswered(Way way) {
        HubConnection connection = connect(way);
        connection.onWithResult("AskInt", (String prompt) -> Single.just(prompt.length()), String.class);
        assertEquals(4, call(connection, Integer.class, "AskInt", "four"));
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerOfTheWrongTypeIsAnError(Way way) {
        HubConnection connection = connect(way);
        connection.onWithResult("AskInt", (String prompt) -> Single.just("four"), String.class);
        String message = assertThrows(HubException.class, () -> call(connection, Integer.class, "AskInt", "?")).getMessage();
        assertTrue(message.startsWith("An unexpected error occurred invoking 'AskInt' on the server."), message);
        assertAlive(connection);
    }

    @ParameterizedTest
    @EnumSource
    void theHubLearnsThatAnAnswerFails(Way way) {
        HubConnection connection = connect(way);
        connection.onWithResult("Ask", (String prompt) -> Single.error(new IllegalStateException("no idea")), String.class);
        assertFails(FAILED + "no idea", () -> call(connection, String.class, "Ask", "?"));
        assertAlive(connection);
    }

    @ParameterizedTest
    @EnumSource
    void theHubLearnsThatNobodyAnswers(Way way) {
        HubConnection connection = connect(way);
        assertFails(FAILED + "Client failed to parse argument(s).", () -> call(connection, String.class, "Ask", "?"));
        assertAlive(connection);
    }

    @ParameterizedTest
    @EnumSource
    void anotherConnectionIsAsked(Way way) {
        HubConnection asking = connect(way);
        HubConnection asked = connect(way);
        asked.onWithResult("Ask", (String prompt) -> Single.just("the other"), String.class);
        assertEquals("answer: the other", call(asking, String.class, "AskClient", asked.getConnectionId(), "who?"));
    }
}
