//! The files of pictures: what they are, how large, and how they travel in JSON.

/// The formats that every front end shows, beside SVG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Png,
    Jpeg,
}

const PNG_BEGIN: &[u8] = b"\x89PNG\r\n\x1a\n";

impl Kind {
    pub(super) fn mime(self) -> &'static str {
        match self {
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Png => "PNG",
            Kind::Jpeg => "JPEG",
        }
    }

    /// Width and height in pixels, as the file's header has them; `None` if it is no
    /// such file.
    pub(super) fn size(self, file: &[u8]) -> Option<(u32, u32)> {
        match self {
            Kind::Png => png_size(file),
            Kind::Jpeg => jpeg_size(file),
        }
        .filter(|(width, height)| *width > 0 && *height > 0)
    }

    /// What a screen reader or a terminal has of the picture.
    pub(super) fn words(self, file: &[u8]) -> String {
        match self.size(file) {
            Some((width, height)) => format!("{} picture, {width}×{height}", self.name()),
            None => self.refusal(file),
        }
    }

    /// Why `file` is not shown.
    pub(super) fn refusal(self, file: &[u8]) -> String {
        let begin: Vec<String> = file
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let hint = match [Kind::Png, Kind::Jpeg]
            .iter()
            .find(|kind| kind.size(file).is_some())
        {
            Some(kind) => format!("; it is a {} picture", kind.name()),
            None => String::new(),
        };
        format!(
            "no {} picture: {} bytes that begin with [{}] have no size{hint}",
            self.name(),
            file.len(),
            begin.join(" ")
        )
    }
}

fn png_size(file: &[u8]) -> Option<(u32, u32)> {
    let header = file.strip_prefix(PNG_BEGIN)?;
    if header.get(4..8)? != b"IHDR" {
        return None;
    }
    let number = |at: usize| -> Option<u32> {
        let bytes = header.get(at..at + 4)?;
        Some(u32::from_be_bytes(bytes.try_into().ok()?))
    };
    Some((number(8)?, number(12)?))
}

/// Walks the segments of a JPEG file to the one that begins a frame.
fn jpeg_size(file: &[u8]) -> Option<(u32, u32)> {
    let mut rest = file.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, ..] = *rest else {
            return None;
        };
        if marker == 0xff {
            // Bytes of 0xff may fill the space before a marker.
            rest = &rest[1..];
            continue;
        }
        let number = |at: usize| -> Option<u32> {
            Some(u32::from(*rest.get(at)?) << 8 | u32::from(*rest.get(at + 1)?))
        };
        // All frames but DHT, JPG and DAC, which are none.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            return Some((number(7)?, number(5)?));
        }
        // Pixels, or the end, before any frame.
        if matches!(marker, 0x00 | 0xd9 | 0xda) {
            return None;
        }
        let has_no_length = matches!(marker, 0x01 | 0xd0..=0xd7);
        let length = if has_no_length { 0 } else { number(2)? };
        rest = rest.get(2 + length as usize..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A header of 640 by 480 pixels.
    fn png() -> Vec<u8> {
        [PNG_BEGIN, b"\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0"].concat()
    }

    fn jpeg(before: &[u8]) -> Vec<u8> {
        let frame = b"\xff\xc2\0\x11\x08\x01\xe0\x02\x80\x03";
        [b"\xff\xd8", before, frame].concat()
    }

    #[test]
    fn sizes_come_from_the_header() {
        let jfif = b"\xff\xe0\0\x06JFIF\xff\xff\xfe\0\x03x\xff\xc4\0\x02";
        for (kind, file, size) in [
            (Kind::Png, png(), Some((640, 480))),
            (Kind::Jpeg, jpeg(b""), Some((640, 480))),
            (Kind::Jpeg, jpeg(jfif), Some((640, 480))),
            (Kind::Jpeg, jpeg(b"\xff\xda"), None),
            (Kind::Jpeg, png(), None),
            (Kind::Png, jpeg(b""), None),
            (Kind::Png, vec![], None),
            (Kind::Png, png()[..20].to_vec(), None),
            (Kind::Png, b"GIF89a".to_vec(), None),
        ] {
            assert_eq!(kind.size(&file), size, "{kind:?} {file:?}");
        }
    }

    #[test]
    fn what_is_no_picture_says_what_it_is() {
        for (kind, file, words) in [
            (Kind::Png, png(), "PNG picture, 640×480"),
            (
                Kind::Png,
                b"GIF89a".to_vec(),
                "no PNG picture: 6 bytes that begin with [47 49 46 38] have no size",
            ),
            (
                Kind::Png,
                jpeg(b""),
                "no PNG picture: 12 bytes that begin with [ff d8 ff c2] have no size; it is a JPEG picture",
            ),
            (
                Kind::Jpeg,
                vec![],
                "no JPEG picture: 0 bytes that begin with [] have no size",
            ),
        ] {
            assert_eq!(kind.words(&file), words);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_can_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = png_size(&[PNG_BEGIN, &bytes].concat());
            let _ = jpeg_size(&[b"\xff\xd8\xff", bytes.as_slice()].concat());
        }
    }
}
