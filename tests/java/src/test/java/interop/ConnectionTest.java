package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.signalr.HubConnection;
import com.microsoft.signalr.HubConnectionState;
import io.reactivex.rxjava3.core.Single;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How connections come about, what the hub knows of them, and how they end. */
class ConnectionTest extends HubTest {
    @ParameterizedTest
    @EnumSource
    void theHubKnowsIdAndTransport(Way way) {
        HubConnection connection = connect(way);
        Identity identity = call(connection, Identity.class, "WhoAmI");
        assertEquals(connection.getConnectionId(), identity.connectionId);
        assertEquals(way.transportName(), identity.transport);
    }

    @ParameterizedTest
    @EnumSource
    void anAccessTokenSignsIn(Way way) {
        HubConnection connection = client(way, "/wire-auth", builder -> builder.withAccessTokenProvider(Single.just("ann:admin,editor")));
        Identity identity = call(started(connection), Identity.class, "WhoAmI");
        assertEquals(List.of("ann", List.of("admin", "editor")), List.of(identity.user, identity.roles));
    }

    @ParameterizedTest
    @EnumSource
    void withoutATokenAGuardedHubRefuses(Way way) {
        HubConnection connection = client(way, "/wire-auth");
        String message = assertThrows(RuntimeException.class, () -> start(connection)).getMessage();
        assertTrue(message.contains("401"), message);
    }

    @ParameterizedTest
    @EnumSource
    void aRedirectingNegotiationIsFollowedWithItsToken(Way way) {
        assertEquals("redirected", call(connect(way, "/negotiate-redirect"), Identity.class, "WhoAmI").user);
    }

    @ParameterizedTest
    @EnumSource
    void headersAndQueryReachTheHub(Way way) {
        HubConnection connection = started(client(way, "/wire?colour=dark%20red", builder -> builder.withHeader("X-Trace", "42")));
        assertEquals("42", call(connection, String.class, "Header", "x-trace"));
        assertEquals("dark red", call(connection, String.class, "Query", "colour"));
    }

    @ParameterizedTest
    @EnumSource
    void theHubGreetsWhoConnects(Way way) throws Exception {
        HubConnection connection = client(way, "/wire?hello=1");
        Inbox welcomes = new Inbox(connection, "Welcome");
        start(connection);
        assertEquals(connection.getConnectionId(), welcomes.next());
    }

    @ParameterizedTest
    @EnumSource
    void anErrorWhileConnectingClosesAndIsTold(Way way) throws Exception {
        String error = endOf(way, () -> {
            HubConnection connection = client(way, "/wire?failConnectHub=1");
            CompletableFuture<String> closed = closing(connection);
            connection.start().onErrorComplete().blockingAwait();
            return wait(closed);
        });
        assertEquals("Connection closed with an error. HubException: connect refused", error);
    }

    @ParameterizedTest
    @EnumSource
    void theHubClosesTheConnection(Way way) throws Exception {
        HubConnection connection = connect(way);
        CompletableFuture<String> closed = closing(connection);
        connection.send("Abort");
        assertEquals("", wait(closed));
        assertEquals(HubConnectionState.DISCONNECTED, connection.getConnectionState());
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatStopsClosesItsConnections(Way way) throws Exception {
        Server server = new Server();
        HubConnection connection = started(client(server, way, "/wire", builder -> { }));
        CompletableFuture<String> closed = closing(connection);
        server.stop();
        wait(closed);
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatStopsIsGoneAndMayComeBack(Way way) throws Exception {
        HubConnection watcher = connect(way);
        CompletableFuture<String> left = new CompletableFuture<>();
        watcher.on("Left", (id, error) -> left.complete(id + " " + error), String.class, String.class);
        call(watcher, "Join", "watchers");
        HubConnection connection = connect(way);
        String first = connection.getConnectionId();
        connection.stop().blockingAwait();
        assertEquals(first + " null", wait(left));
        start(connection);
        assertNotEquals(first, connection.getConnectionId());
        assertAlive(connection);
    }
}
