using FluentValidation.Resources;

namespace Consultation.Infrastructure.Requests;

/// <summary>The validators' own rules in the words of all others: what a value must be, as a sentence about it and not about its name.</summary>
internal sealed class Wording : LanguageManager
{
    public Wording()
    {
        Enabled = false; // one language, whatever the culture of the machine
        Say("NotNullValidator", "Is missing.");
        Say("NotEmptyValidator", "Is missing or empty.");
        Say("MaximumLengthValidator", "Must be at most {MaxLength} characters long; it has {TotalLength}.");
        Say("LengthValidator", "Must be from {MinLength} to {MaxLength} characters long; it has {TotalLength}.");
        Say("InclusiveBetweenValidator", "Must be from {From} to {To}.");
        Say("GreaterThanOrEqualValidator", "Must be {ComparisonValue} or more.");
    }

    private void Say(string rule, string message) => AddTranslation("en", rule, message);
}
