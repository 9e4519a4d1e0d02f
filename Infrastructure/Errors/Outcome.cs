using Microsoft.AspNetCore.Http.HttpResults;

namespace Consultation.Infrastructure.Errors;

/// <summary>Lets a pipeline step that knows only the type of an answer refuse in the handler's place.</summary>
internal interface IRefusable<TSelf> where TSelf : IRefusable<TSelf>
{
    static abstract TSelf Refused(Refusal refusal);
}

/// <summary>What a handler decided: a value, or the reason why not.</summary>
internal readonly record struct Outcome<T> : IRefusable<Outcome<T>>
{
    private readonly T? _value;

    private Outcome(T? value, Refusal? refusal) => (_value, Refusal) = (value, refusal);

    public Refusal? Refusal { get; }

    /// <summary>The value; only there when nothing was refused.</summary>
    public T Value => _value!;

    public static Outcome<T> Refused(Refusal refusal) => new(default, refusal);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => Refused(refusal);

    /// <summary>The one place where an outcome becomes HTTP: the refusal's problem document, or what the endpoint makes of the value.</summary>
    public Results<TResult, ProblemResult> ToHttp<TResult>(Func<T, TResult> granted) where TResult : IResult =>
        Refusal is null ? granted(Value) : new ProblemResult(Refusal);
}
