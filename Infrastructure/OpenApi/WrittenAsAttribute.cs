namespace Consultation.Infrastructure.OpenApi;

/// <summary>
/// How a type that JSON holds as text is written, or one member. The pattern is in the common ground of ECMA-262, with each of its flags, and
/// RE2, so that tools of every language can load it: no look-around, no <c>\p{…}</c>, and in classes a backslash before every sign that some
/// flag reads as syntax. It describes the plain form; what else is taken, or needs more than a pattern, the expectation says in words.
/// </summary>
/// <param name="pattern">From <c>^</c> to <c>$</c>.</param>
/// <param name="example">One that the pattern takes.</param>
/// <param name="expectation">What a person is told whose text is something else; left out where the validator says it.</param>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Class | AttributeTargets.Property)]
internal sealed class WrittenAsAttribute(string pattern, string example, string? expectation = null) : Attribute
{
    public string Pattern => pattern;
    public string Example => example;
    public string? Expectation => expectation;

    /// <summary>Whether a member holds a list of such texts.</summary>
    public bool IsList { get; init; }
}
