using Xunit;

namespace Consultation.Tests.Support;

/// <summary>Measurements: they run after everything else, one at a time.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneOnTheMachine;
