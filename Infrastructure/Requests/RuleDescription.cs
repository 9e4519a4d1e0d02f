using System.Globalization;
using Consultation.Infrastructure.Json;
using FluentValidation;
using FluentValidation.Internal;
using FluentValidation.Validators;
using Microsoft.OpenApi;

namespace Consultation.Infrastructure.Requests;

/// <summary>Writes a validator's rules into the schema of what it validates; a rule that a schema cannot hold becomes a sentence.</summary>
internal static class RuleDescription
{
    public static void Describe(OpenApiSchema schema, IValidator validator)
    {
        foreach (var rule in validator.CreateDescriptor().Rules)
        {
            if (rule.Member is null)
            {
                foreach (var component in rule.Components)
                    Say(schema, component);
            }
            else if (schema.Properties!.TryGetValue(rule.PropertyName, out var known) && known is OpenApiSchema member)
            {
                foreach (var component in rule.Components)
                    Describe(schema, rule.PropertyName, member, component);
            }
        }
    }

    private static void Describe(OpenApiSchema schema, string name, OpenApiSchema member, IRuleComponent rule)
    {
        switch (rule.Validator)
        {
            case INotNullValidator:
                Require(schema, name, member);
                break;
            case INotEmptyValidator:
                Require(schema, name, member);
                if (member.Type == JsonSchemaType.Array)
                    member.MinItems = 1;
                else
                    member.MinLength = 1;
                break;
            case ILengthValidator length:
                member.MinLength = length.Min > 0 ? length.Min : member.MinLength;
                member.MaxLength = length.Max > 0 ? length.Max : member.MaxLength;
                break;
            case IRegularExpressionValidator regex:
                member.Pattern = regex.Expression.Replace(@"\A", "^", StringComparison.Ordinal).Replace(@"\z", "$", StringComparison.Ordinal);
                Say(member, rule);
                break;
            case IBetweenValidator { From: int from, To: int to }:
                (member.Minimum, member.Maximum) = (Number(from), Number(to));
                break;
            case IComparisonValidator { Comparison: Comparison.GreaterThanOrEqual, ValueToCompare: int least }:
                member.Minimum = Number(least);
                break;
            case IComparisonValidator { Comparison: Comparison.Equal, ValueToCompare: Enum only }:
                Require(schema, name, member);
                member.Enum = [.. member.Enum!.Where(value => EnumTexts.Parse(only.GetType(), value.GetValue<string>())!.Equals(only))];
                Say(member, rule);
                break;
            case IPredicateValidator or IComparisonValidator { MemberToCompare: not null }:
                Say(member, rule);
                break;
        }
    }

    private static void Require(OpenApiSchema schema, string name, OpenApiSchema member)
    {
        (schema.Required ??= new HashSet<string>()).Add(name);
        member.Type &= ~JsonSchemaType.Null;
    }

    private static void Say(OpenApiSchema schema, IRuleComponent rule) =>
        schema.Description = string.Join(' ', new[] { schema.Description, rule.GetUnformattedErrorMessage() }.OfType<string>());

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
