//! What .NET calls a type in error texts (D-99, M-45).

use std::any;

/// The name without its namespace. An optional type is called as the type itself, and one of a program's own as it is
/// called in Rust.
pub(crate) fn type_name<T: ?Sized>() -> &'static str {
    name_at(any::type_name::<T>())
}

fn name_at(path: &'static str) -> &'static str {
    let path = path.strip_prefix("core::option::Option<").and_then(|path| path.strip_suffix('>')).unwrap_or(path);
    match path {
        "bool" => "Boolean",
        "char" => "Char",
        "u8" => "Byte",
        "i8" => "SByte",
        "i16" => "Int16",
        "u16" => "UInt16",
        "i32" => "Int32",
        "u32" => "UInt32",
        "i64" => "Int64",
        "u64" => "UInt64",
        "f32" => "Single",
        "f64" => "Double",
        path => path.split('<').next().and_then(|path| path.rsplit("::").next()).unwrap_or(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_the_names_of_dotnet() {
        assert_eq!(type_name::<i32>(), "Int32");
        assert_eq!(type_name::<Option<f32>>(), "Single");
        assert_eq!(type_name::<String>(), "String");
        assert_eq!(type_name::<Option<String>>(), "String");
        assert_eq!(type_name::<crate::DateTime>(), "DateTime");
        assert_eq!(type_name::<std::collections::HashMap<String, Vec<u8>>>(), "HashMap");
    }
}
