package interop;

import java.util.List;

/** The result of WhoAmI. */
final class Identity {
    String connectionId;
    String user;
    String name;
    String transport;
    List<String> roles;
}
