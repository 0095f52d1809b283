package interop;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import com.microsoft.signalr.CancelInvocationMessage;
import com.microsoft.signalr.CloseMessage;
import com.microsoft.signalr.CompletionMessage;
import com.microsoft.signalr.HubMessage;
import com.microsoft.signalr.HubProtocol;
import com.microsoft.signalr.InvocationBinder;
import com.microsoft.signalr.InvocationBindingFailureMessage;
import com.microsoft.signalr.InvocationMessage;
import com.microsoft.signalr.PingMessage;
import com.microsoft.signalr.StreamBindingFailureMessage;
import com.microsoft.signalr.StreamItem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.value.ArrayValue;
import org.msgpack.value.Value;

/**
 * The MessagePack hub protocol for the official client. Its own one is a package apart,
 * {@code com.microsoft.signalr.messagepack:signalr-messagepack}, which Maven Central does not have: neither 9.0.3, the
 * version of the client, nor a list of others. Payloads go through Gson, with members named as .NET does; byte arrays are
 * binary where they are a whole argument or result.
 */
final class MessagePackProtocol implements HubProtocol {
    private static final int ERROR = 1;
    private static final int VOID = 2;
    private static final int RESULT = 3;

    private final Gson gson = new GsonBuilder().serializeNulls()
            .setFieldNamingPolicy(FieldNamingPolicy.UPPER_CAMEL_CASE).create();

    @Override
    public String getName() {
        return "messagepack";
    }

    @Override
    public int getVersion() {
        return 1;
    }

    @Override
    public List<HubMessage> parseMessages(ByteBuffer payload, InvocationBinder binder) {
        List<HubMessage> messages = new ArrayList<>();
        while (payload.hasRemaining()) {
            byte[] body = new byte[readLength(payload)];
            payload.get(body);
            try (var unpacker = MessagePack.newDefaultUnpacker(body)) {
                messages.add(read(unpacker.unpackValue().asArrayValue(), binder));
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
        return messages;
    }

    @Override
    public ByteBuffer writeMessage(HubMessage message) {
        try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
            write(message, packer);
            byte[] body = packer.toByteArray();
            ByteBuffer framed = ByteBuffer.allocate(body.length + 5);
            writeLength(framed, body.length);
            return framed.put(body).flip();
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private HubMessage read(ArrayValue message, InvocationBinder binder) {
        int type = message.get(0).asIntegerValue().asInt();
        return switch (type) {
            case 1 -> readInvocation(message, binder);
            case 2 -> readItem(message, binder);
            case 3 -> readCompletion(message, binder);
            case 6 -> PingMessage.getInstance();
            case 7 -> new CloseMessage(text(message.get(1)), message.get(2).asBooleanValue().getBoolean());
            default -> throw new IllegalArgumentException("A server sends no message of type " + type + ".");
        };
    }

    private HubMessage readInvocation(ArrayValue message, InvocationBinder binder) {
        String id = text(message.get(2));
        String target = text(message.get(3));
        ArrayValue values = message.get(4).asArrayValue();
        try {
            List<Type> types = binder.getParameterTypes(target);
            if (types.size() != values.size()) {
                throw new IllegalArgumentException(target + " takes " + types.size() + " arguments, not " + values.size());
            }
            Object[] arguments = new Object[values.size()];
            for (int index = 0; index < arguments.length; index++) {
                arguments[index] = fromValue(values.get(index), types.get(index));
            }
            return new InvocationMessage(null, id, target, arguments, null);
        } catch (RuntimeException error) {
            return new InvocationBindingFailureMessage(id, target, error);
        }
    }

    private HubMessage readItem(ArrayValue message, InvocationBinder binder) {
        String id = text(message.get(2));
        try {
            return new StreamItem(null, id, fromValue(message.get(3), binder.getReturnType(id)));
        } catch (RuntimeException error) {
            return new StreamBindingFailureMessage(id, error);
        }
    }

    private HubMessage readCompletion(ArrayValue message, InvocationBinder binder) {
        String id = text(message.get(2));
        return switch (message.get(3).asIntegerValue().asInt()) {
            case ERROR -> new CompletionMessage(null, id, null, text(message.get(4)));
            case VOID -> new CompletionMessage(null, id, null, null);
            default -> new CompletionMessage(null, id, fromValue(message.get(4), binder.getReturnType(id)), null);
        };
    }

    private void write(HubMessage message, MessageBufferPacker packer) throws IOException {
        switch (message.getMessageType()) {
            case INVOCATION, STREAM_INVOCATION -> {
                InvocationMessage invocation = (InvocationMessage) message;
                writeHead(packer, 6, message, invocation.getInvocationId());
                packer.packString(invocation.getTarget()).packArrayHeader(invocation.getArguments().length);
                for (Object argument : invocation.getArguments()) {
                    writeValue(packer, argument);
                }
                Collection<String> streams = invocation.getStreamIds();
                packer.packArrayHeader(streams == null ? 0 : streams.size());
                for (String stream : streams == null ? List.<String>of() : streams) {
                    packer.packString(stream);
                }
            }
            case STREAM_ITEM -> {
                writeHead(packer, 4, message, ((StreamItem) message).getInvocationId());
                writeValue(packer, ((StreamItem) message).getItem());
            }
            case COMPLETION -> writeCompletion(packer, (CompletionMessage) message);
            case CANCEL_INVOCATION -> writeHead(packer, 3, message, ((CancelInvocationMessage) message).getInvocationId());
            case PING -> packer.packArrayHeader(1).packInt(message.getMessageType().value);
            case CLOSE -> packer.packArrayHeader(2).packInt(message.getMessageType().value).packNil();
            default -> throw new IllegalArgumentException("A client sends no " + message.getMessageType() + ".");
        }
    }

    private void writeCompletion(MessageBufferPacker packer, CompletionMessage completion) throws IOException {
        int kind = completion.getError() != null ? ERROR : completion.getResult() != null ? RESULT : VOID;
        writeHead(packer, kind == VOID ? 4 : 5, completion, completion.getInvocationId());
        packer.packInt(kind);
        switch (kind) {
            case ERROR -> packer.packString(completion.getError());
            case RESULT -> writeValue(packer, completion.getResult());
            default -> { }
        }
    }

    /** Type, headers and invocation id, with which nearly every message begins. */
    private void writeHead(MessageBufferPacker packer, int size, HubMessage message, String id) throws IOException {
        packer.packArrayHeader(size).packInt(message.getMessageType().value).packMapHeader(0);
        if (id == null) {
            packer.packNil();
        } else {
            packer.packString(id);
        }
    }

    private void writeValue(MessageBufferPacker packer, Object value) throws IOException {
        if (value instanceof byte[] bytes) {
            packer.packBinaryHeader(bytes.length).writePayload(bytes);
        } else {
            writeElement(packer, gson.toJsonTree(value));
        }
    }

    private void writeElement(MessageBufferPacker packer, JsonElement element) throws IOException {
        if (element.isJsonNull()) {
            packer.packNil();
        } else if (element.isJsonPrimitive()) {
            writePrimitive(packer, element.getAsJsonPrimitive());
        } else if (element.isJsonArray()) {
            packer.packArrayHeader(element.getAsJsonArray().size());
            for (JsonElement item : element.getAsJsonArray()) {
                writeElement(packer, item);
            }
        } else {
            packer.packMapHeader(element.getAsJsonObject().size());
            for (Map.Entry<String, JsonElement> member : element.getAsJsonObject().entrySet()) {
                packer.packString(member.getKey());
                writeElement(packer, member.getValue());
            }
        }
    }

    private void writePrimitive(MessageBufferPacker packer, JsonPrimitive value) throws IOException {
        if (value.isBoolean()) {
            packer.packBoolean(value.getAsBoolean());
        } else if (value.isString()) {
            packer.packString(value.getAsString());
        } else if (value.getAsNumber() instanceof Double number) {
            packer.packDouble(number);
        } else {
            packer.packLong(value.getAsLong());
        }
    }

    /** A value of the type; a call that wants no result has none. */
    private Object fromValue(Value value, Type type) {
        if (type == null) {
            return null;
        }
        return type == byte[].class && value.isBinaryValue()
                ? value.asBinaryValue().asByteArray()
                : gson.fromJson(value.toJson(), type);
    }

    private static String text(Value value) {
        return value.isNilValue() ? null : value.asStringValue().asString();
    }

    private static int readLength(ByteBuffer from) {
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            byte part = from.get();
            length |= (part & 0x7f) << shift;
            if (part >= 0) {
                return length;
            }
        }
    }

    private static void writeLength(ByteBuffer to, int length) {
        for (; length > 0x7f; length >>>= 7) {
            to.put((byte) (length | 0x80));
        }
        to.put((byte) length);
    }
}
