using System.Text.Json.Serialization;
using Consultation.Infrastructure.Errors;
using MediatR;

namespace Consultation.Infrastructure.Requests;

/// <summary>What every message carries beside its own members: what of the request could not be read into them.</summary>
internal interface IBoundRequest
{
    /// <summary>The key for a body that could not be read at all, so that nothing is known of its members.</summary>
    const string WholeBody = "body";

    IReadOnlyDictionary<string, string[]> BindingErrors { get; set; }

    /// <summary>Whether members are query values: not every proxy lets a DELETE have a body.</summary>
    static bool IsQuery(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsDelete(method);
}

/// <summary>A request to a slice's handler. An init property is a member of the body, or a query value where the request has no body.</summary>
internal abstract record Request<TAnswer> : IRequest<Outcome<TAnswer>>, IBoundRequest
{
    private static readonly Dictionary<string, string[]> AllReadable = [];

    [JsonIgnore]
    public IReadOnlyDictionary<string, string[]> BindingErrors { get; set; } = AllReadable;
}
