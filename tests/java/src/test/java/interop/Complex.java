package interop;

import java.util.List;

/** The object of EchoComplex. */
final class Complex {
    String name;
    int value;
    Double ratio;
    List<String> tags = List.of();
    Complex child;

    static Complex nested() {
        Complex outer = new Complex();
        outer.name = "Zoë";
        outer.value = 42;
        outer.ratio = 0.5;
        outer.tags = List.of("a", "b");
        outer.child = new Complex();
        outer.child.name = "child";
        return outer;
    }
}
