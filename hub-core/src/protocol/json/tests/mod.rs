mod envelope;
mod read;
mod rejected;
mod write;
