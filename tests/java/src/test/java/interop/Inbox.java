package interop;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.microsoft.signalr.HubConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What the server calls a method of a client with, in order. */
final class Inbox {
    private final BlockingQueue<String> calls = new LinkedBlockingQueue<>();

    Inbox(HubConnection connection) {
        this(connection, "Receive");
    }

    Inbox(HubConnection connection, String method) {
        connection.on(method, calls::add, String.class);
    }

    String next() throws InterruptedException {
        String call = calls.poll(30, TimeUnit.SECONDS);
        assertNotNull(call, "waited in vain for a call");
        return call;
    }

    /** All before the call with `last`, which is taken too. */
    List<String> before(String last) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        for (String call = next(); !call.equals(last); call = next()) {
            taken.add(call);
        }
        return taken;
    }
}
