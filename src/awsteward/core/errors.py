"""What can go wrong, by who must act. A bad estate is a finding, not an exception."""


class StewardError(Exception):
    """Something that stops a command; its text says what to do next. The class says who must."""

    exit_code = 4


class ConfigError(StewardError):
    """The user must act: a file, a key or an argument is wrong; the text names the place."""

    exit_code = 2


class AccessError(StewardError):
    """An administrator must act: the text names the IAM action that is missing."""

    exit_code = 3


class RemoteError(StewardError):
    """Nobody must act yet: another machine failed, and trying again may help."""

    exit_code = 4
