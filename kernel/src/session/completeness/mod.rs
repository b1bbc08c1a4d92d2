//! stub
use crate::protocol::messages::is_complete::IsCompleteReply;
pub(super) fn is_complete(_code: &str) -> IsCompleteReply {
    IsCompleteReply::Complete
}
