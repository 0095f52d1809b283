//! A seeded loop of mutated streams of events: the parser finds the same as one that splits whole lines, however its input is
//! cut.

use bytes::Bytes;

use super::super::random::Random;
use super::parser::Parser;

#[test]
fn any_input_in_any_pieces_gives_what_its_lines_say() {
    let (inputs, mut random) = Random::inputs();
    let (mut with_data, mut without) = (0, 0);
    for number in 0..inputs {
        let input = input(&mut random);
        let expected = by_lines(&input);
        let found = in_pieces(&mut random, &input);
        assert_eq!(found, expected, "input {number}: {:?}", String::from_utf8_lossy(&input));
        *(if expected.is_empty() { &mut without } else { &mut with_data }) += 1;
    }
    println!("{inputs} inputs: {with_data} with data, {without} without");
    assert!(with_data > 0 && without > 0, "the inputs reach every outcome");
}

/// Pieces of streams, put together at random; the last line is ended, because data is handed on before its line ends.
fn input(random: &mut Random) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"data: ",
        b"data:",
        b"data",
        b"dat",
        b":",
        b" ",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n\r\n",
        b"\n\n",
        b"{\"type\":6}\x1e",
        b"x",
        b"event: data: y",
        b"id",
        b"\xff\x00",
    ];
    let mut input: Vec<u8> = (0..random.below(24)).flat_map(|_| PIECES[random.below(PIECES.len())].to_vec()).collect();
    if let Some(byte) = (random.below(4) == 0).then(|| random.below(input.len())).and_then(|at| input.get_mut(at)) {
        *byte ^= 1 << random.below(8);
    }
    input.push(b'\n');
    input
}

fn by_lines(input: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut joins = false;
    for line in input.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(data) = line.strip_prefix(b"data:") {
            found.extend(joins.then_some(b'\n'));
            found.extend(data.strip_prefix(b" ").unwrap_or(data));
            joins = true;
        }
        joins &= !line.is_empty();
    }
    found
}

fn in_pieces(random: &mut Random, input: &[u8]) -> Vec<u8> {
    let mut parser = Parser::default();
    let mut rest = Bytes::copy_from_slice(input);
    let longest = 1 + random.below(input.len() + 1);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let piece = rest.split_to((1 + random.below(longest)).min(rest.len()));
        found.extend(parser.data(piece).concat());
    }
    found
}
