//! What is shown of what the hub says.

use examples::chat::ChatClient;

/// Shows what happens in the room of the one called `name`.
pub(crate) struct Screen {
    pub(crate) name: String,
}

impl ChatClient for Screen {
    async fn joined(&self, name: &str, people: &[String]) {
        println!("* {name} joined: {}", people.join(", "));
    }

    async fn left(&self, name: &str, _people: &[String]) {
        println!("* {name} left");
    }

    async fn said(&self, from: &str, text: &str) {
        println!("{from}: {text}");
    }

    async fn whispered(&self, from: &str, to: &str, text: &str) {
        if from == self.name {
            println!("you, to {to} alone: {text}");
        } else {
            println!("{from}, to you alone: {text}");
        }
    }
}
