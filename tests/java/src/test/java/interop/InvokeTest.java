package interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.signalr.HubConnection;
import com.microsoft.signalr.TypeReference;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls of hub methods: arguments, results and errors. */
class InvokeTest extends HubTest {
    @ParameterizedTest
    @EnumSource
    void texts(Way way) {
        HubConnection connection = connect(way);
        for (String text : List.of("", "plain", "quote \" backslash \\", "ünïcödé 🎈", "\u0000\u001e\u001f", "x".repeat(10_000))) {
            assertEquals(text, call(connection, String.class, "Echo", text));
        }
    }

    @ParameterizedTest
    @EnumSource
    void numbersAndTruth(Way way) {
        HubConnection connection = connect(way);
        for (int number : new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertEquals(number, call(connection, Integer.class, "EchoInt", number));
        }
        for (long number : new long[] {0, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertEquals(number, call(connection, Long.class, "EchoLong", number));
        }
        for (double number : new double[] {0, 0.1, -2.5e-300, Double.MAX_VALUE}) {
            assertEquals(number, call(connection, Double.class, "EchoDouble", number));
        }
        assertEquals(true, call(connection, Boolean.class, "EchoBool", true));
    }

    @ParameterizedTest
    @EnumSource
    void listsAndMaps(Way way) {
        HubConnection connection = connect(way);
        List<String> list = List.of("a", "", "c");
        assertEquals(list, wait(connection.<List<String>>invoke(new TypeReference<List<String>>() { }.getType(), "EchoList", list)));
        Map<String, Integer> map = Map.of("a", 1, "with blank", -2);
        assertEquals(map, wait(connection.<Map<String, Integer>>invoke(new TypeReference<Map<String, Integer>>() { }.getType(), "EchoMap", map)));
    }

    @ParameterizedTest
    @EnumSource
    void objects(Way way) {
        Complex echo = call(connect(way), Complex.class, "EchoComplex", Complex.nested());
        assertEquals(List.of("Zoë", 42, 0.5, List.of("a", "b")), List.of(echo.name, echo.value, echo.ratio, echo.tags));
        assertEquals(List.of("child", 0, List.of()), List.of(echo.child.name, echo.child.value, echo.child.tags));
        assertEquals(null, echo.child.ratio);
        assertEquals(null, echo.child.child);
    }

    @ParameterizedTest
    @EnumSource
    void bytes(Way way) {
        HubConnection connection = connect(way);
        byte[] bytes = {0, 1, -1, 127, -128};
        if (way.binary) {
            assertArrayEquals(bytes, call(connection, byte[].class, "EchoBytes", bytes));
        } else {
            String text = Base64.getEncoder().encodeToString(bytes);
            assertEquals(text, call(connection, String.class, "EchoBytes", text));
        }
    }

    @ParameterizedTest
    @EnumSource
    void severalArgumentsAndNoResult(Way way) {
        HubConnection connection = connect(way);
        assertEquals("left:7", call(connection, String.class, "EchoTwo", "left", 7));
        call(connection, "Nothing");
        assertEquals("renamed", call(connection, String.class, "renamed-method"));
    }

    @ParameterizedTest
    @EnumSource
    void errorsAreHiddenUnlessMeantForTheCaller(Way way) {
        HubConnection connection = connect(way);
        assertFails("An unexpected error occurred invoking 'Fail' on the server.", () -> call(connection, "Fail", "secret"));
        assertFails(
                "An unexpected error occurred invoking 'FailHub' on the server. HubException: no \"room\"",
                () -> call(connection, "FailHub", "no \"room\""));
        assertAlive(connection);
    }

    @ParameterizedTest
    @EnumSource
    void detailedErrorsTellEverything(Way way) {
        HubConnection connection = connect(way, "/wire-detailed");
        assertFails(
                "An unexpected error occurred invoking 'Fail' on the server. InvalidOperationException: details",
                () -> call(connection, "Fail", "details"));
        assertFails(
                "Failed to invoke 'EchoTwo' due to an error on the server. "
                        + "InvalidDataException: Invocation provides 1 argument(s) but target expects 2.",
                () -> call(connection, String.class, "EchoTwo", "only one"));
    }

    @ParameterizedTest
    @EnumSource
    void unknownMethodsAndWrongArgumentsAreRefused(Way way) {
        HubConnection connection = connect(way);
        assertFails(
                "Failed to invoke 'NoSuchMethod' due to an error on the server. HubException: Method does not exist.",
                () -> call(connection, "NoSuchMethod"));
        assertFails(
                "Failed to invoke 'EchoInt' due to an error on the server.",
                () -> call(connection, Integer.class, "EchoInt", "text"));
        assertAlive(connection);
    }
}
