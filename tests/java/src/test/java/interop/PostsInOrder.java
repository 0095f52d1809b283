package interop;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Call;
import okhttp3.Dispatcher;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/**
 * Lets one POST of a client begin when the one before has ended. The client itself sends several at a time over long
 * polling, so that no server could know their order.
 */
final class PostsInOrder extends EventListener implements Interceptor {
    private final Map<Call, Long> tickets = new ConcurrentHashMap<>();
    private long given;
    private long next;

    void configure(OkHttpClient.Builder builder) {
        // Calls may be queued in another order than they began in: those that wait must not keep out the one awaited.
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(Integer.MAX_VALUE);
        dispatcher.setMaxRequestsPerHost(Integer.MAX_VALUE);
        builder.dispatcher(dispatcher).eventListener(this).addInterceptor(this);
    }

    @Override
    public synchronized void callStart(Call call) {
        if (call.request().method().equals("POST")) {
            tickets.put(call, given++);
        }
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        Long ticket = tickets.remove(chain.call());
        if (ticket == null) {
            return chain.proceed(chain.request());
        }
        await(ticket);
        try {
            return chain.proceed(chain.request());
        } finally {
            leave();
        }
    }

    private synchronized void await(long ticket) throws IOException {
        try {
            while (next != ticket) {
                wait();
            }
        } catch (InterruptedException error) {
            throw new InterruptedIOException();
        }
    }

    private synchronized void leave() {
        next++;
        notifyAll();
    }
}
