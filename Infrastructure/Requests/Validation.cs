using Consultation.Infrastructure.Errors;
using FluentValidation;
using MediatR;

namespace Consultation.Infrastructure.Requests;

/// <summary>Refuses a message that could not be read or breaks its rules, with every bad member at once, before the handler sees it.</summary>
internal sealed class Validation<TMessage, TOutcome>(IValidator<TMessage> validator) : IPipelineBehavior<TMessage, TOutcome>
    where TMessage : IBoundRequest
    where TOutcome : IRefusable<TOutcome>
{
    public async Task<TOutcome> Handle(TMessage request, CancellationToken cancellationToken, RequestHandlerDelegate<TOutcome> next)
    {
        var result = await validator.ValidateAsync(request, cancellationToken);
        if (result.IsValid && request.BindingErrors.Count == 0)
            return await next();

        var failures = request.BindingErrors.ContainsKey(IBoundRequest.WholeBody)
            ? result.Errors.Where(failure => failure.AttemptedValue is not null) // the others may well have been sent
            : result.Errors;
        var errors = failures
            .GroupBy(failure => failure.PropertyName.Split('[', '.')[0])
            .ToDictionary(member => member.Key, member => member.Select(failure => failure.ErrorMessage).Distinct().ToArray());
        foreach (var (member, messages) in request.BindingErrors)
            errors[member] = messages; // a value that could not be read has only seemed to be missing
        return TOutcome.Refused(Refusal.Validation(errors));
    }
}
