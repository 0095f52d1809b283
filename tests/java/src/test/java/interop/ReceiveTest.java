package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.signalr.HubConnection;
import com.microsoft.signalr.Subscription;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of the server to its clients. */
class ReceiveTest extends HubTest {
    @ParameterizedTest
    @EnumSource
    void handlersHearTheServer(Way way) throws Exception {
        HubConnection connection = connect(way);
        Inbox inbox = new Inbox(connection);
        call(connection, "ToCaller", "one");
        connection.send("ToAll", "two");
        call(connection, "ToCaller", "end");
        assertEquals(List.of("one", "two"), inbox.before("end"));
    }

    @ParameterizedTest
    @EnumSource
    void groupsUsersAndOthersAreReached(Way way) throws Exception {
        HubConnection sender = connect(way);
        HubConnection other = connect(way);
        Inbox sent = new Inbox(sender);
        Inbox received = new Inbox(other);
        call(other, "Join", "red");
        call(sender, "ToGroup", "red", "group");
        call(sender, "ToClient", other.getConnectionId(), "client");
        call(sender, "ToOthers", "others");
        call(other, "Leave", "red");
        call(sender, "ToGroup", "red", "lost");
        call(sender, "ToAll", "end");
        assertEquals(List.of("group", "client", "others"), received.before("end"));
        assertEquals(List.of(), sent.before("end"));
    }

    @ParameterizedTest
    @EnumSource
    void aRemovedHandlerHearsNothingMore(Way way) throws Exception {
        HubConnection connection = connect(way);
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        Subscription subscription = connection.on("Receive", heard::add, String.class);
        Inbox inbox = new Inbox(connection);
        call(connection, "ToCaller", "first");
        assertEquals("first", inbox.next());
        subscription.unsubscribe();
        call(connection, "ToCaller", "second");
        assertEquals("second", inbox.next());
        assertEquals(List.of("first"), List.copyOf(heard));
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsAnsweredToASend(Way way) throws Exception {
        HubConnection connection = connect(way);
        Inbox inbox = new Inbox(connection);
        connection.send("Fail", "x");
        connection.send("NoSuchMethod");
        connection.send("ToCaller", "alive");
        assertEquals("alive", inbox.next());
    }
}
