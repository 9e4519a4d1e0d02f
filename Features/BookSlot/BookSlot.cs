using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Consultation.Infrastructure.Json;
using Consultation.Infrastructure.OpenApi;
using Consultation.Infrastructure.Requests;
using FluentValidation;
using Microsoft.AspNetCore.Mvc;

namespace Consultation.Features.BookSlot;

internal sealed record BookSlotCommand : Request<BookedSlot>
{
    /// <summary>Guests are one caller, and no token's subject is empty.</summary>
    public const string Guest = "";

    public long? SlotId { get; init; }

    [OrClaim("name")]
    public string? Name { get; init; }

    [OrClaim("email")]
    public string? Email { get; init; }

    [OrClaim("phone_number")]
    public string? Phone { get; init; }

    public string? Message { get; init; }

    [FromHeader(Name = "Idempotency-Key")]
    public string? IdempotencyKey { get; init; }

    /// <summary>Null for guests.</summary>
    [JsonIgnore]
    public string? CustomerId { get; init; }

    /// <summary>Whose <see cref="IdempotencyKey"/> it is.</summary>
    [JsonIgnore]
    public string Caller { get; init; } = Guest;
}

internal sealed record BookedSlot
{
    public long Id { get; init; }
    public BookingStatus Status { get; init; }
    public required Slot Slot { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string Phone { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Opens this booking to whoever holds it; not there for a booking from before it was given out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AccessKey { get; init; }

    /// <summary>Whether an earlier request with the same key had made the booking.</summary>
    [JsonIgnore]
    public bool Replayed { get; init; }
}

/// <summary>The answer of most writes there are, so written without reflection.</summary>
[JsonSerializable(typeof(BookedSlot))]
internal sealed partial class BookSlotJson : JsonSerializerContext
{
    public static JsonTypeInfo<BookedSlot> Booked { get; } = new BookSlotJson(new JsonSerializerOptions(JsonFormat.Options)).BookedSlot;
}

internal sealed partial class BookSlotValidator : AbstractValidator<BookSlotCommand>
{
    public BookSlotValidator()
    {
        RuleFor(command => command.SlotId).NotNull();
        RuleFor(command => command.Name).NotEmpty().MaximumLength(FieldLimits.Name).Must(BePlainText).WithMessage(PlainText);
        RuleFor(command => command.Email).NotEmpty().MaximumLength(FieldLimits.Email).Matches(EmailAddress()).WithMessage("Must be an email address.");
        RuleFor(command => command.Phone).NotEmpty().Length(FieldLimits.PhoneMin, FieldLimits.PhoneMax)
            .Matches(PhoneNumber()).WithMessage("Must be digits, spaces and +-(). with at least 5 digits.");
        RuleFor(command => command.Message).MaximumLength(FieldLimits.Message).Must(BeText).WithMessage("Must not contain control characters other than line breaks.");
        RuleFor(command => command.IdempotencyKey).MaximumLength(FieldLimits.IdempotencyKey).Matches(VisibleAscii())
            .WithMessage($"Must be 1 to {FieldLimits.IdempotencyKey} characters from ! to ~.").OverridePropertyName("Idempotency-Key");
    }

    private const string PlainText = "Must not contain control characters.";

    private static bool BePlainText(string? text) => text is null || text.All(IsStorable);

    private static bool BeText(string? text) => text is null || text.All(c => c is '\n' or '\r' || IsStorable(c));

    private static bool IsStorable(char c) => !char.IsControl(c);

    /// <summary>
    /// RFC 5321's mailbox as people have it: dot-atom local part of at most 64, a domain of at least two labels; letters beyond ASCII
    /// are allowed on both sides (RFC 6531). Quoted local parts and address literals are not.
    /// </summary>
    [GeneratedRegex(@"\A(?=[^@]{1,64}@)[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])\z", RegexOptions.CultureInvariant)]
    private static partial Regex EmailAddress();

    [GeneratedRegex(@"\A[ +\-().]*([0-9][ +\-().]*){5,}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex PhoneNumber();

    [GeneratedRegex(@"\A[!-~]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex VisibleAscii();
}
