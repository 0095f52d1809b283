package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.microsoft.signalr.HttpHubConnectionBuilder;
import com.microsoft.signalr.HubConnection;
import com.microsoft.signalr.HubConnectionBuilder;
import io.reactivex.rxjava3.core.Single;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.function.Executable;

/** What the tests of hubs share: connections that end with their test. */
abstract class HubTest {
    private static final int WAITING = 30;

    private final List<HubConnection> connections = new ArrayList<>();

    @AfterEach
    void stopConnections() {
        connections.forEach(connection -> connection.stop().onErrorComplete().blockingAwait(WAITING, TimeUnit.SECONDS));
    }

    /** A connection to the shared server that is not started. */
    final HubConnection client(Way way, String path, Consumer<HttpHubConnectionBuilder> configure) {
        return client(Server.shared(), way, path, configure);
    }

    final HubConnection client(Server server, Way way, String path, Consumer<HttpHubConnectionBuilder> configure) {
        HttpHubConnectionBuilder builder = HubConnectionBuilder.create(server.url(path));
        way.configure(builder);
        configure.accept(builder);
        HubConnection connection = builder.build();
        connections.add(connection);
        return connection;
    }

    final HubConnection client(Way way, String path) {
        return client(way, path, builder -> { });
    }

    /** A started connection to the shared server that sends reach: they may miss one that has just shaken hands. */
    final HubConnection connect(Way way, String path) {
        return started(client(way, path));
    }

    final HubConnection connect(Way way) {
        return connect(way, "/wire");
    }

    static HubConnection started(HubConnection connection) {
        start(connection);
        connection.invoke("Nothing").blockingAwait(WAITING, TimeUnit.SECONDS);
        return connection;
    }

    /** Starts the connection; throws what the start fails with. */
    static void start(HubConnection connection) {
        connection.start().timeout(WAITING, TimeUnit.SECONDS).blockingAwait();
    }

    /** The result of a call. */
    static <T> T call(HubConnection connection, Class<T> type, String method, Object... arguments) {
        return wait(connection.invoke(type, method, arguments));
    }

    /** Waits for a call without a result. */
    static void call(HubConnection connection, String method, Object... arguments) {
        connection.invoke(method, arguments).timeout(WAITING, TimeUnit.SECONDS).blockingAwait();
    }

    static <T> T wait(Single<T> single) {
        return single.timeout(WAITING, TimeUnit.SECONDS).blockingGet();
    }

    static <T> T wait(CompletableFuture<T> future) throws Exception {
        return future.get(WAITING, TimeUnit.SECONDS);
    }

    /** Completes when the connection is closed, with the error's text or "". */
    static CompletableFuture<String> closing(HubConnection connection) {
        CompletableFuture<String> closed = new CompletableFuture<>();
        connection.onClosed(error -> closed.complete(error == null ? "" : String.valueOf(error.getMessage())));
        return closed;
    }

    /**
     * The error with which a connection ends. Over long polling the client reads what a poll brought on one thread while
     * another polls again: when that hears first that the connection is over, the client tells no error, though it has
     * one. Then there is another connection.
     */
    static String endOf(Way way, Callable<String> connection) throws Exception {
        String error = connection.call();
        for (int again = 0; again < 4 && error.isEmpty() && way.isLongPolling(); again++) {
            error = connection.call();
        }
        return error;
    }

    static void assertFails(String message, Executable call) {
        assertEquals(message, assertThrows(RuntimeException.class, call).getMessage());
    }

    static void assertAlive(HubConnection connection) {
        assertEquals("alive", call(connection, String.class, "Echo", "alive"));
    }
}
