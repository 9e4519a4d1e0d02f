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

    [OrClaim("email"), WrittenAs(@"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$", "ada@example.org")]
    public string? Email { get; init => field = value is null ? null : PlainText.Of(PlainText.WithoutFormatCharacters(value)); }

    [OrClaim("phone_number")]
    public string? Phone { get; init => field = value is null ? null : PlainText.Of(PhoneNumber.InPlainSigns(PlainText.WithoutFormatCharacters(value))); }

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
        RuleFor(command => command.Name).NotEmpty().MaximumLength(FieldLimits.Name).Must(BePlainText).WithMessage(NoControls);
        RuleFor(command => command.Email).NotEmpty().MaximumLength(FieldLimits.Email)
            .Must(email => EmailAddress.IsValid(email!)).WithMessage("Must be an email address, like ada@example.org.");
        RuleFor(command => command.Phone).NotEmpty().Length(FieldLimits.PhoneMin, FieldLimits.PhoneMax)
            .Matches(DialledNumber()).WithMessage("Must be a phone number of at least 5 digits, like +44 20 7946 0000; beside digits it may have spaces and the signs + - ( ) and full stop.");
        RuleFor(command => command.Message).MaximumLength(FieldLimits.Message).Must(BeText).WithMessage("Must not contain control characters other than line breaks.");
        RuleFor(command => command.IdempotencyKey).MaximumLength(FieldLimits.IdempotencyKey).Matches(VisibleAscii())
            .WithMessage($"Must be 1 to {FieldLimits.IdempotencyKey} visible ASCII characters without spaces, like 5f0d1c2e-8a47-4f4c.").OverridePropertyName("Idempotency-Key");
    }

    private const string NoControls = "Must not contain control characters, such as line breaks and tabs.";

    private static bool BePlainText(string? text) => text is null || text.All(IsStorable);

    private static bool BeText(string? text) => text is null || text.All(c => c is '\n' or '\r' || IsStorable(c));

    private static bool IsStorable(char c) => !char.IsControl(c);

    [GeneratedRegex(@"\A[ +\-\(\).]*([0-9][ +\-\(\).]*){5,}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex DialledNumber();

    [GeneratedRegex(@"\A[!-~]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex VisibleAscii();
}
