//! What stops a command, what to do about it, and with which code the program ends.

use std::fmt;
use std::process;

/// How every command ends. The same four for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: yes, done.
    Done,
    /// 1: no. Verification failed, or `--fail-on` was met.
    No,
    /// 2: could not run: arguments, configuration, credentials, disk.
    CouldNotRun,
    /// 3: done, but not everything is known: evidence is incomplete, or a pack is consistent and not anchored.
    Incomplete,
}

impl ExitCode {
    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::CouldNotRun => 2,
            Self::Incomplete => 3,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// Why a command could not run. Only `main` prints it.
#[derive(Debug)]
pub struct Error {
    message: String,
    hint: Option<String>,
    limit: bool,
}

impl Error {
    /// An error whose message says what was being done, to what, and why it failed.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, limit: false }
    }

    /// An error that says which limit something is beyond.
    pub fn beyond_limit(message: impl Into<String>) -> Self {
        Self { limit: true, ..Self::new(message) }
    }

    /// Whether something was beyond a limit, and is nothing worse.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        self.limit
    }

    /// Says first what was done before it failed.
    #[must_use]
    pub fn after(mut self, done: impl std::fmt::Display) -> Self {
        self.message = format!("{}\nnote: {done}", self.message);
        self
    }

    /// The message alone.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.message
    }

    /// Adds what to type, unless that was said already.
    #[must_use]
    pub fn or_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Adds what to type.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

macro_rules! from_display {
    ($($type:ty),+ $(,)?) => {
        $(impl From<$type> for Error {
            fn from(error: $type) -> Self {
                Self::new(error.to_string())
            }
        })+
    };
}
from_display!(
    crate::store::StoreError,
    crate::collect::journal::JournalError,
    crate::export::ExportError,
    crate::render::RenderError,
    crate::frameworks::CatalogError,
    crate::seal::SealError
);

impl From<crate::frameworks::ChoiceError> for Error {
    fn from(error: crate::frameworks::ChoiceError) -> Self {
        use crate::frameworks::ChoiceError;
        let hint = match &error {
            ChoiceError::Unknown { hint, .. } => hint.clone(),
            ChoiceError::Twice(_) => "give each file a name and an id of its own".to_owned(),
            ChoiceError::Nothing => {
                "name one with --catalog, or a file with --framework; `keywitness frameworks list` lists them"
                    .to_owned()
            }
            ChoiceError::Mistakes(_) => return Self::new(error.to_string()),
        };
        Self::new(error.to_string()).hint(hint)
    }
}

impl From<crate::archive::ArchiveError> for Error {
    fn from(error: crate::archive::ArchiveError) -> Self {
        // What S3 says may be anything.
        let message = crate::pack::printable(&error.to_string());
        Self { message, hint: error.hint(), limit: false }
    }
}

impl From<crate::pack::PackError> for Error {
    fn from(error: crate::pack::PackError) -> Self {
        let hint = match &error {
            crate::pack::PackError::Exists { .. } => Some("name another folder with --output"),
            _ => None,
        };
        Self { message: error.to_string(), hint: hint.map(ToOwned::to_owned), limit: false }
    }
}

impl From<crate::collect::CollectError> for Error {
    fn from(error: crate::collect::CollectError) -> Self {
        use crate::collect::CollectError;
        let hint = match &error {
            CollectError::Identity(_) => {
                "set AWS credentials (a profile with --profile, or the environment) and try `aws sts get-caller-identity`; \
                 where nothing could be reached, look at --endpoint-url and the network; `keywitness demo` needs neither"
            }
            CollectError::Organization(_) => {
                "this works from the management account or a delegated administrator, with the permission \
                 organizations:ListAccounts; otherwise name the accounts with --account 111122223333"
            }
            CollectError::Account { .. } => {
                "use the credentials that the run began with, or begin a new one without --resume"
            }
            CollectError::NoRegion => "name one with --region eu-west-1, as often as you need",
            CollectError::Task(_) => "please report this with the version that `keywitness --version` prints",
        };
        Self::new(error.to_string()).hint(hint)
    }
}
