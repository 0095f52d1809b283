//! What the serializers and deserializers of both protocols do alike: serde tells more apart than the wire does.

/// The methods of a deserializer that do the same as another one.
macro_rules! deserialize_alike {
    ($de:lifetime) => {
        fn deserialize_string<V: Visitor<$de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
            self.deserialize_str(visitor)
        }

        fn deserialize_identifier<V: Visitor<$de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
            self.deserialize_str(visitor)
        }

        fn deserialize_byte_buf<V: Visitor<$de>>(self, visitor: V) -> Result<V::Value, PayloadError> {
            self.deserialize_bytes(visitor)
        }

        fn deserialize_unit_struct<V: Visitor<$de>>(
            self,
            _name: &'static str,
            visitor: V,
        ) -> Result<V::Value, PayloadError> {
            self.deserialize_unit(visitor)
        }

        fn deserialize_tuple<V: Visitor<$de>>(self, _length: usize, visitor: V) -> Result<V::Value, PayloadError> {
            self.deserialize_seq(visitor)
        }

        fn deserialize_tuple_struct<V: Visitor<$de>>(
            self,
            _name: &'static str,
            _length: usize,
            visitor: V,
        ) -> Result<V::Value, PayloadError> {
            self.deserialize_seq(visitor)
        }
    };
}

/// The types of a serializer, all of whose containers are one type, and the methods that do the same as another one.
macro_rules! serialize_alike {
    ($container:ty) => {
        type Ok = ();
        type Error = PayloadError;
        type SerializeSeq = $container;
        type SerializeTuple = $container;
        type SerializeTupleStruct = $container;
        type SerializeTupleVariant = $container;
        type SerializeMap = $container;
        type SerializeStruct = $container;
        type SerializeStructVariant = $container;

        fn serialize_none(self) -> Result<(), PayloadError> {
            self.serialize_unit()
        }

        fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), PayloadError> {
            value.serialize(self)
        }

        fn serialize_unit_struct(self, _name: &'static str) -> Result<(), PayloadError> {
            self.serialize_unit()
        }

        fn serialize_unit_variant(
            self,
            _name: &'static str,
            _index: u32,
            variant: &'static str,
        ) -> Result<(), PayloadError> {
            self.serialize_str(variant)
        }

        fn serialize_tuple(self, length: usize) -> Result<$container, PayloadError> {
            self.serialize_seq(Some(length))
        }

        fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<$container, PayloadError> {
            self.serialize_seq(Some(length))
        }

        fn serialize_struct(self, _name: &'static str, length: usize) -> Result<$container, PayloadError> {
            self.serialize_map(Some(length))
        }
    };
}

/// Makes a type a container of each of serde's kinds, with methods of its own: `element`, `key`, `value`, `field` and
/// `finish`.
macro_rules! containers_alike {
    ($container:ident) => {
        containers_alike! { $container
            SerializeSeq { serialize_element() => element }
            SerializeTuple { serialize_element() => element }
            SerializeTupleStruct { serialize_field() => element }
            SerializeTupleVariant { serialize_field() => element }
            SerializeMap { serialize_key() => key, serialize_value() => value }
            SerializeStruct { serialize_field(name) => field }
            SerializeStructVariant { serialize_field(name) => field }
        }
    };
    ($container:ident $($kind:ident { $($method:ident($($name:ident)?) => $own:ident),* })*) => {
        $(impl serde::ser::$kind for $container<'_, '_> {
            type Ok = ();
            type Error = PayloadError;

            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), PayloadError> {
                self.$own($($name,)? value)
            })*

            fn end(self) -> Result<(), PayloadError> {
                self.finish()
            }
        })*
    };
}

pub(super) use {containers_alike, deserialize_alike, serialize_alike};
