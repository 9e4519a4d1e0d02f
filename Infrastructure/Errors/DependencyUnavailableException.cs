namespace Consultation.Infrastructure.Errors;

/// <summary>
/// Something that a request cannot do without could not be reached, or did not answer in time: an outage and no defect, so the answer is 503
/// and whoever throws it has logged why.
/// </summary>
internal abstract class DependencyUnavailableException(string message, Exception? inner) : Exception(message, inner);
