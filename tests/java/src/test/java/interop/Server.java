package interop;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;

/** A running conformance server; the environment variable CONFORMANCE_SERVER is the path of the program. */
final class Server {
    private static final long STARTING = TimeUnit.SECONDS.toNanos(30);
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static Server shared;

    private final Process process;
    private final String url;

    /** The server of all tests that need none of their own; it ends with the tests. */
    static synchronized Server shared() {
        if (shared == null) {
            shared = new Server();
        }
        return shared;
    }

    Server() {
        String program = System.getenv("CONFORMANCE_SERVER");
        if (program == null) {
            throw new IllegalStateException("CONFORMANCE_SERVER must be the path of the built program");
        }
        try {
            url = "http://127.0.0.1:" + freePort();
            process = new ProcessBuilder(new File(program).getAbsolutePath(), "--urls", url)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
            waitUntilReady();
        } catch (IOException | InterruptedException error) {
            throw new IllegalStateException(program + " cannot be started", error);
        }
    }

    String url(String path) {
        return url + path;
    }

    /** Asks the program to end, and waits for it. */
    void stop() throws InterruptedException {
        process.destroy();
        process.waitFor(30, TimeUnit.SECONDS);
    }

    private void waitUntilReady() throws InterruptedException {
        for (long start = System.nanoTime(); System.nanoTime() - start < STARTING; Thread.sleep(20)) {
            if (isReady()) {
                return;
            }
            if (!process.isAlive()) {
                break;
            }
        }
        process.destroyForcibly();
        throw new IllegalStateException("the server does not answer at " + url);
    }

    private boolean isReady() throws InterruptedException {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url("/healthz"))).build();
            return HTTP.send(request, BodyHandlers.ofString()).body().equals("ok");
        } catch (IOException error) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
