package interop;

import com.microsoft.signalr.HttpHubConnectionBuilder;
import com.microsoft.signalr.TransportEnum;

/** The ways to speak with a hub: each protocol over each transport that this client knows. */
enum Way {
    WEB_SOCKETS_JSON(TransportEnum.WEBSOCKETS, false),
    WEB_SOCKETS_MESSAGE_PACK(TransportEnum.WEBSOCKETS, true),
    LONG_POLLING_JSON(TransportEnum.LONG_POLLING, false),
    LONG_POLLING_MESSAGE_PACK(TransportEnum.LONG_POLLING, true);

    private final TransportEnum transport;
    final boolean binary;

    Way(TransportEnum transport, boolean binary) {
        this.transport = transport;
        this.binary = binary;
    }

    void configure(HttpHubConnectionBuilder builder) {
        builder.withTransport(transport);
        if (isLongPolling()) {
            builder.setHttpClientBuilderCallback(new PostsInOrder()::configure);
        }
        if (binary) {
            builder.withHubProtocol(new MessagePackProtocol());
        }
    }

    boolean isLongPolling() {
        return transport == TransportEnum.LONG_POLLING;
    }

    /** The server's name of the transport. */
    String transportName() {
        return transport == TransportEnum.WEBSOCKETS ? "WebSockets" : "LongPolling";
    }
}
